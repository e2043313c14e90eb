"""Training by several processes on Ray: the same loop, batches in shares, gradients summed."""
