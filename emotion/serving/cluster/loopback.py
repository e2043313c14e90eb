"""A server for this machine alone keeps all its ports there.

Beside HTTP, each replica listens for other deployments of the cluster, on all interfaces and to whoever speaks its
pickles. There are none here, so that port is moved to loopback before it is opened.
"""


def stay_on_loopback() -> None:
    """Move the port of the replica that this process becomes."""
    from ray.serve._private import replica

    name = "add_port_to_grpc_server"  # which the module only imports
    add = getattr(replica, name)
    setattr(replica, name, lambda server, address: add(server, address.replace("[::]", "127.0.0.1")))
