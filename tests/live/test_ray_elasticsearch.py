"""Ray and a real Elasticsearch: the job survives the death of a worker and of its driver; the sink and the source."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from tests.live.made_index import ids, letters, tweets
from tests.live.proxy import between, half
from tests.made_store import LABELS, PROFILE_LABELS, make_documents
from tests.ray.drivers import Drivers
from tests.ray.kills import KINDS, Index, kill_and_go_on, make_scene, moments

pytestmark = pytest.mark.live
FILES = 12


def test_after_the_death_of_a_worker_and_of_the_driver_the_index_equals_a_directory(
    elasticsearch_url: str, client: Elasticsearch, alias: str, tmp_path: Path
) -> None:
    scene, target = make_scene(tmp_path / "scene", FILES), Index(client, elasticsearch_url, alias)
    kind = next(kind for kind in KINDS if kind.index)
    with Drivers(scene.archive, scene.bundle, target.name, []) as start:
        kill_and_go_on(kind, moments(kind, 0), start, target, tmp_path / "elsewhere")
    target.assert_equals(scene.undisturbed)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    from emotion.cluster.settings import prepare_local

    prepare_local()
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=200 << 20)
    yield
    ray.shutdown()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Ray itself
@pytest.mark.usefixtures("cluster")
def test_any_dataset_of_documents_is_written_and_read_back(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    import ray

    from emotion.labelling.ray_elasticsearch import ElasticsearchSink, ElasticsearchSource

    with between(elasticsearch_url) as proxy:
        proxy.add(half(400, "document_parsing_exception"), "v000001/_bulk")
        sink = ElasticsearchSink(f"{proxy.url}/{alias}", LABELS, PROFILE_LABELS)
        table = make_documents(tweets(0, 400))
        parts = [table.slice(0, 100), table.slice(90, 150), table.slice(240)]
        ray.data.from_arrow(parts).write_datasink(sink)
    assert sink.totals is not None
    lost = len(letters(client, alias))
    assert lost > 0
    assert sink.totals.documents == len(ids(client, alias))
    again = ElasticsearchSink(f"{elasticsearch_url}/{alias}", LABELS, PROFILE_LABELS)
    ray.data.from_arrow(parts).write_datasink(again)
    assert ids(client, alias) == [str(10**18 + n) for n in range(400)]
    back = ray.data.read_datasource(ElasticsearchSource(f"{elasticsearch_url}/{alias}"), override_num_blocks=3)
    read = sorted(back.take_all(), key=lambda row: str(row["tweet_id"]))
    assert [row["text"] for row in read] == [f"good day {n}" for n in range(400)]
    some = {"term": {"tweet_id": str(10**18)}}
    assert ray.data.read_datasource(ElasticsearchSource(f"{elasticsearch_url}/{alias}", some)).count() == 1
