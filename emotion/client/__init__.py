"""Client of the Emotion API, for programs that wait and for those that do not: `Client` and `AsyncClient`.

    with Client("http://127.0.0.1:8000") as client:
        client.predict(["What a day!"])[0]["emotion"]

Both send again what was refused because there is too much to do (429, 503), when the API says
or later, longer each time, and what never arrived.
"""

from emotion.client.asynchronous import AsyncClient
from emotion.client.calls import ApiProblem
from emotion.client.waiting import Client

__all__ = ["ApiProblem", "AsyncClient", "Client"]
