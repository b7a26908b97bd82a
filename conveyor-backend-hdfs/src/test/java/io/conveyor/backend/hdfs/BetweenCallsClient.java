package io.conveyor.backend.hdfs;

import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.SocketException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.hdfs.DFSClient;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.protocol.ClientProtocol;
import org.apache.hadoop.ipc.RPC;
import org.jspecify.annotations.Nullable;

/**
 * A client that lets a test do something before or after a request to the namenode, once each, whichever part of Hadoop makes it. Requests have the
 * names of {@link ClientProtocol}. Any thread.
 */
final class BetweenCallsClient extends DistributedFileSystem {

    private static final Step NOTHING = () -> {};

    private final Map<String, Step> before = new ConcurrentHashMap<>();
    private final Map<String, Step> after = new ConcurrentHashMap<>();

    private BetweenCallsClient() {}

    static BetweenCallsClient connect(HdfsOptions options) throws IOException {
        BetweenCallsClient client = new BetweenCallsClient();
        client.initialize(options.uri(), HdfsConfiguration.of(options));
        client.standBetween();
        return client;
    }

    private void standBetween() throws IOException {
        Link link = new Link(getClient().getNamenode());
        ClientProtocol namenode = (ClientProtocol) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ClientProtocol.class, Closeable.class}, link);
        try {
            // There is no other way to hand over a namenode than the one that Hadoop's own tests use, in its package.
            Field client = DistributedFileSystem.class.getDeclaredField("dfs");
            client.setAccessible(true);
            client.set(this, new DFSClient(null, namenode, getConf(), statistics));
        } catch (ReflectiveOperationException e) {
            throw new IOException(e);
        }
    }

    /** What happens before the next request of that name is sent. */
    void beforeNext(String request, Step step) {
        before.put(request, step);
    }

    /** What happens when the namenode has carried out the next request of that name, and nobody has seen the answer. */
    void afterNext(String request, Step step) {
        after.put(request, step);
    }

    /** The connection breaks before the next request of that name is sent. */
    void breakOff(String request) {
        beforeNext(request, BetweenCallsClient::reset);
    }

    /** The namenode carries out the next request of that name, and the connection breaks before its answer comes. */
    void loseTheAnswerTo(String request) {
        afterNext(request, BetweenCallsClient::reset);
    }

    private static void reset() throws IOException {
        throw new SocketException("told to break");
    }

    private final class Link implements InvocationHandler {

        private final ClientProtocol namenode;

        Link(ClientProtocol namenode) {
            this.namenode = namenode;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method request, Object[] arguments) throws Throwable {
            if (request.getDeclaringClass() == Closeable.class) {
                RPC.stopProxy(namenode);
                return null;
            }
            take(before, request).run();
            try {
                Object answer = request.invoke(namenode, arguments);
                take(after, request).run();
                return answer;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        private Step take(Map<String, Step> steps, Method request) {
            Step step = steps.remove(request.getName());
            return step == null ? NOTHING : step;
        }
    }

    /** Something done in between, or a failure. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }
}
