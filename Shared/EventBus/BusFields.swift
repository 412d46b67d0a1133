internal import JSON
internal import Kafka
internal import Models

/// The fields of one JSON body, each read with its own reason for failing.
struct BusFields {
    private let root: JSONValue

    /// - Parameter version: the only version that is read.
    init(_ record: ConsumedRecord, version: String) throws(BusError) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: record.value)
        } catch {
            throw .notJSON
        }
        root = document.root
        guard root.kind == .object else { throw .notJSON }
        let named = root["version"]?.string
        guard named == version else { throw .unknownVersion(named.flatMap(sayable)) }
    }

    func id<Kind>(_ name: String) throws(BusError) -> Identifier<Kind> {
        guard let id = try optionalID(name) as Identifier<Kind>? else { throw .field(name) }
        return id
    }

    /// nil only when the field is absent.
    func optionalID<Kind>(_ name: String) throws(BusError) -> Identifier<Kind>? {
        guard let value = root[name] else { return nil }
        guard let text = value.string, let id = Identifier<Kind>(text) else { throw .field(name) }
        return id
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(BusError) -> Int {
        guard let value = try optionalInteger(name, in: range) else { throw .field(name) }
        return value
    }

    func optionalInteger(_ name: String, in range: ClosedRange<Int>) throws(BusError) -> Int? {
        guard let value = root[name] else { return nil }
        guard let number = value.integer, let fitting = Int(exactly: number), range.contains(fitting) else {
            throw .field(name)
        }
        return fitting
    }

    func text(_ name: String, bytesMax: Int) throws(BusError) -> String {
        guard let text = root[name]?.string, text.utf8.count <= bytesMax else { throw .field(name) }
        return text
    }

    /// A word that `known` understands.
    func word<Value>(_ name: String, _ known: (String) -> Value?) throws(BusError) -> Value {
        guard let value = root[name]?.string.flatMap(known) else { throw .field(name) }
        return value
    }

    /// False when absent.
    func flag(_ name: String) throws(BusError) -> Bool {
        guard let value = root[name] else { return false }
        guard let flag = value.boolean else { throw .field(name) }
        return flag
    }
}

/// Text from outside that may stand in a log line: a short plain word.
func sayable(_ text: String) -> String? {
    let isPlain = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
    return isPlain && (1...40).contains(text.utf8.count) ? text : nil
}

/// One record of ours with a JSON body, told from within a trace or from none.
func makeRecord(
    _ topic: Topic,
    prefix: String,
    key: String,
    version: String,
    trace: TraceContext?,
    _ body: (inout JSONWriter) -> Void
) -> KafkaRecord {
    var writer = JSONWriter(capacity: 256)
    writer.object { object in
        object.field("version", version)
        body(&object)
    }
    return KafkaRecord(topic: topic.name(prefix: prefix), key: Array(key.utf8), value: writer.bytes, headers: trace?.headers ?? [])
}
