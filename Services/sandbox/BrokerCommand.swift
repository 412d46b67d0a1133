import EventBus
import Glibc
import Kafka
import Runtime
import Synchronization

enum BrokerCommand {
    static func run(_ words: [String]) async -> Never {
        do {
            let arguments = try BrokerArguments(words)
            let reader = SettingsReader()
            let prefix = reader.text("KAFKA_TOPIC_PREFIX", default: Topic.prefixStandard)
            try reader.finish()
            let broker = BrokerPart(
                topics: try arguments.topics(prefix: prefix),
                port: arguments.port,
                readyFile: arguments.readyFile
            )
            await ServiceRunner.runToExit(parts: [broker], drainMax: .seconds(5))
        } catch {
            Log.error("the embedded Kafka cannot start", ["reason": "\(error)"])
            exit(2)
        }
    }
}

/// librdkafka's mock broker as a part of a process.
final class BrokerPart: Part {
    let name = "broker"

    private let topics: [(name: String, partitions: Int)]
    private let port: Int?
    private let readyFile: String?
    private let broker = Mutex<EmbeddedBroker?>(nil)

    init(topics: [(name: String, partitions: Int)], port: Int?, readyFile: String?) {
        self.topics = topics
        self.port = port
        self.readyFile = readyFile
    }

    func start() async throws {
        let started = try EmbeddedBroker(topics: topics, port: port)
        broker.withLock { $0 = started }
        if let readyFile { try writeWhole("\(started.bootstrapServers)\n", to: readyFile) }
        Log.warning(
            """
            embedded Kafka: in memory, for development only; it forgets everything when it stops and drops what \
            exceeds 5 MiB a partition
            """,
            [
                "bootstrap_servers": started.bootstrapServers,
                "topics": topics.map(\.name).joined(separator: " "),
            ]
        )
    }

    func stop(within limit: Duration) async {
        if let readyFile { unlink(readyFile) }
        let running = broker.withLock { broker in
            defer { broker = nil }
            return broker
        }
        running?.stop()
    }
}

private struct ReadyFileError: Error, CustomStringConvertible {
    let description: String
}

/// By a rename, so that whoever waits for the file never reads half of it.
private func writeWhole(_ text: String, to path: String) throws {
    let draft = path + ".new"
    guard let file = fopen(draft, "w") else {
        throw ReadyFileError(description: "cannot write \(draft): error \(errno)")
    }
    let isWritten = fputs(text, file) >= 0
    guard fclose(file) == 0, isWritten, rename(draft, path) == 0 else {
        throw ReadyFileError(description: "cannot write \(path): error \(errno)")
    }
}
