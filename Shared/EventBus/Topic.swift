/// Our topics. `deploy/kafka/topics.txt` says the same for those who create them; a test holds both equal.
package enum Topic: String, CaseIterable, Sendable {
    case dispatch
    case webhooks
    case events
    case alerts
    case control

    package static let prefixStandard = "tidings"

    package func name(prefix: String = prefixStandard) -> String { "\(prefix).\(rawValue)" }

    package var partitions: Int {
        switch self {
        case .dispatch, .webhooks, .events: 4
        case .alerts, .control: 1
        }
    }

    package var retention: Duration {
        switch self {
        case .dispatch, .webhooks, .events: .seconds(24 * 3_600)
        case .alerts: .seconds(7 * 24 * 3_600)
        case .control: .seconds(3_600)
        }
    }
}

/// One line of `deploy/kafka/topics.txt`: name, partitions, retention in milliseconds.
package struct TopicLine: Sendable, Equatable {
    package let name: String
    package let partitions: Int
    package let retentionMilliseconds: Int64

    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let line: Int

        package init(line: Int) {
            self.line = line
        }

        package var description: String {
            "topics file, line \(line): expected a name, the number of partitions and the retention in milliseconds"
        }
    }

    /// Empty lines and everything behind a `#` are left out.
    package static func parse(_ file: String) throws(Malformed) -> [TopicLine] {
        var topics: [TopicLine] = []
        for (index, line) in file.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.prefix { $0 != "#" }
            let words = content.split { $0 == " " || $0 == "\t" || $0 == "\r" }
            if words.isEmpty { continue }
            guard words.count == 3, let partitions = Int(words[1]), (1...1_000).contains(partitions),
                let retention = Int64(words[2]), retention > 0
            else { throw Malformed(line: index + 1) }
            topics.append(
                TopicLine(name: String(words[0]), partitions: partitions, retentionMilliseconds: retention)
            )
        }
        return topics
    }

    package init(name: String, partitions: Int, retentionMilliseconds: Int64) {
        self.name = name
        self.partitions = partitions
        self.retentionMilliseconds = retentionMilliseconds
    }
}
