package emotion.node;

import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.node.SingleNode;
import org.elasticsearch.transport.netty4.Netty4Plugin;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Main PORT FOLDER [setting=value ...]: one Elasticsearch node on 127.0.0.1:PORT with its data in FOLDER.
 * It ends, with status 0, on SIGTERM and when its standard input is closed: so it never outlives who started it.
 */
public final class Main {
    private static final String EVERYTHING_IS_THERE =
        "/_cluster/health?wait_for_status=yellow&wait_for_no_initializing_shards=true&timeout=30s";

    public static void main(String[] args) throws Exception {
        Settings settings = settings(Integer.parseInt(args[0]), Path.of(args[1]).toAbsolutePath(), args);
        Path config = Files.createDirectories(Path.of(settings.get("path.home"), "config"));
        LogConfigurator.setNodeName("node-1");
        LogConfigurator.configureESLogging();
        LogConfigurator.configureWithoutConfig(settings);
        // Its initialiser names every subclass: two threads that meet it and a subclass at once would wait for each other.
        Class.forName("org.elasticsearch.ElasticsearchException");
        Node node = new SingleNode(new Environment(settings, config), List.of(Netty4Plugin.class, RootPlugin.class));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node), "shutdown"));
        try {
            node.start();
            String url = "http://127.0.0.1:" + args[0];
            get(url + EVERYTHING_IS_THERE);
            if (get(url + "/") != 200) throw new IllegalStateException("GET / does not answer");
            System.out.println("ready " + url);
        } catch (Exception e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1); // the node's own threads would keep a half-started process alive
        }
        while (System.in.read() >= 0) {}
        System.exit(0);
    }

    private static Settings settings(int port, Path home, String[] args) {
        Settings.Builder settings = Settings.builder()
            .put("path.home", home.toString())
            .put("path.data", home.resolve("data").toString())
            .put("path.logs", home.resolve("logs").toString())
            .put("cluster.name", "emotion-tests").put("node.name", "node-1")
            .put("network.host", "127.0.0.1").put("http.port", port).put("transport.port", "0")
            .put("discovery.type", "single-node")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("transport.type", "netty4").put("http.type", "netty4");
        for (int i = 2; i < args.length; i++) {
            String[] pair = args[i].split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        return settings.build();
    }

    private static void close(Node node) {
        try {
            node.prepareForClose();
            node.close();
            node.awaitClose(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
        Runtime.getRuntime().halt(0);
    }

    private static int get(String url) throws IOException {
        return ((HttpURLConnection) URI.create(url).toURL().openConnection()).getResponseCode();
    }
}
