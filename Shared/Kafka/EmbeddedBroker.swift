internal import Crdkafka
internal import Glibc
internal import Synchronization

/// librdkafka's own mock cluster: one broker that speaks Kafka's protocol on 127.0.0.1, in the memory of this
/// process.
///
/// For development and tests only. It keeps at most 5 MiB and 100,000 batches per partition and drops the
/// oldest silently; it forgets everything when it stops.
package final class EmbeddedBroker: Sendable {
    package let bootstrapServers: String
    package let port: Int
    private let handles: Mutex<Handles?>

    private static let attemptsMax = 10
    private static let commandsApartMicroseconds: UInt32 = 1_000

    /// Safety: used under the mutex only, and once: to destroy them.
    private struct Handles: @unchecked Sendable {
        let client: OpaquePointer
        let cluster: OpaquePointer
    }

    /// - Parameter port: nil lets the kernel choose. A fixed one lets clients find a restarted broker again; it needs a
    ///   program linked with `Cbindport`.
    package init(topics: [(name: String, partitions: Int)], port: Int? = nil) throws(KafkaError) {
        // The mock gives the sockets it accepts the settings of the client it lives in. Without this one,
        // Nagle's algorithm and delayed acknowledgements together hold back each small answer for 40 ms.
        let client = try makeClient(
            RD_KAFKA_PRODUCER,
            takingOwnershipOf: try makeConfiguration(["socket.nagle.disable": "true", "log_level": "3"])
        )
        let cluster: OpaquePointer
        do throws(KafkaError) {
            cluster = try Self.makeCluster(client, topics: topics, port: port)
        } catch {
            rd_kafka_destroy(client)
            throw error
        }
        guard let servers = rd_kafka_mock_cluster_bootstraps(cluster).map({ String(cString: $0) }),
            let chosen = servers.split(separator: ":").last.flatMap({ Int($0) })
        else {
            rd_kafka_mock_cluster_destroy(cluster)
            rd_kafka_destroy(client)
            throw .cannotStart("the mock cluster has no address")
        }
        bootstrapServers = servers
        self.port = chosen
        handles = Mutex(Handles(client: client, cluster: cluster))
    }

    deinit { stop() }

    /// Closes every connection and forgets every record. Blocks for some milliseconds.
    package func stop() {
        let taken = handles.withLock { handles in
            let taken = handles
            handles = nil
            return taken
        }
        guard let taken else { return }
        rd_kafka_mock_cluster_destroy(taken.cluster)
        rd_kafka_destroy(taken.client)
    }

    private static func makeCluster(
        _ client: OpaquePointer,
        topics: [(name: String, partitions: Int)],
        port: Int?
    ) throws(KafkaError) -> OpaquePointer {
        if let port { try requireFree(port) }
        // A waiting client can ask for a topic before we create it, and the mock then invents it with four
        // partitions: in that case begin again.
        for _ in 0..<attemptsMax {
            if let port, rdkafka_mock_wish_port(Int32(port)) == 0 {
                throw .cannotStart("this program is not linked with Cbindport, so it cannot choose the port")
            }
            let made = rd_kafka_mock_cluster_new(client, 1)
            if port != nil { _ = rdkafka_mock_wish_port(0) }
            guard let cluster = made else {
                throw .cannotStart("the mock cluster cannot listen on port \(port ?? 0) of 127.0.0.1")
            }
            let isComplete = topics.allSatisfy { topic in
                // The mock's thread answers a command before it empties its wake-up pipe, and so can throw
                // away the wake-up of the next one, which then waits a second: give it a moment.
                usleep(commandsApartMicroseconds)
                return rd_kafka_mock_topic_create(cluster, topic.name, Int32(topic.partitions), 1)
                    == RD_KAFKA_RESP_ERR_NO_ERROR
            }
            if isComplete { return cluster }
            rd_kafka_mock_cluster_destroy(cluster)
        }
        throw .cannotStart("the mock cluster did not take the topics; is one named twice?")
    }

    /// The mock crashes when it cannot bind, so this is found out first.
    private static func requireFree(_ port: Int) throws(KafkaError) {
        guard let number = UInt16(exactly: port), number > 0 else {
            throw .cannotStart("\(port) is not a port")
        }
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard probe >= 0 else { throw .cannotStart("no socket: error \(errno)") }
        defer { close(probe) }
        var on: Int32 = 1
        setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(probe, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw .cannotStart("port \(port) of 127.0.0.1 is taken: error \(errno)") }
    }
}
