"""The Emotion API for a Ray cluster.

    serve run serve.app:build model=shipped
    serve deploy serve/config.yaml

`build` takes the options of `emotion.serving.options.ServeOptions`; docs/serving.md says what they mean.
"""

from ray import serve

from emotion.serving.cluster.deployment import application
from emotion.serving.options import ServeOptions


def build(options: ServeOptions) -> serve.Application:
    """The application of these options. Serve reads the annotation, so it must not become a string."""
    return application(options)
