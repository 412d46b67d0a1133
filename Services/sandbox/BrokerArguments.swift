import EventBus
import Runtime

/// `sandbox broker --topics FILE [--port N] [--ready-file PATH]`
struct BrokerArguments: Equatable {
    var topicsFile: String
    /// nil: any free port, to be read from the ready file.
    var port: Int?
    var readyFile: String?

    struct Wrong: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    init(_ arguments: [String]) throws(Wrong) {
        var values: [String: String] = [:]
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard ["--topics", "--port", "--ready-file"].contains(name) else {
                throw Wrong(description: "unknown option \(name)")
            }
            guard let value = rest.popFirst() else { throw Wrong(description: "\(name) needs a value") }
            values[name] = value
        }
        guard let topicsFile = values["--topics"] else {
            throw Wrong(description: "--topics FILE is missing")
        }
        self.topicsFile = topicsFile
        readyFile = values["--ready-file"]
        guard let text = values["--port"] else { return }
        guard let number = Int(text), (0...65_535).contains(number) else {
            throw Wrong(description: "--port must be 0 to 65535")
        }
        port = number == 0 ? nil : number
    }

    /// The topics of the file, under another prefix if one is wanted.
    func topics(prefix: String) throws -> [(name: String, partitions: Int)] {
        guard let text = SmallFile.text(at: topicsFile) else {
            throw Wrong(description: "the topics file cannot be read: \(topicsFile)")
        }
        let standard = Topic.prefixStandard + "."
        return try TopicLine.parse(text).map { line in
            guard line.name.hasPrefix(standard) else { return (line.name, line.partitions) }
            return ("\(prefix).\(line.name.dropFirst(standard.count))", line.partitions)
        }
    }
}
