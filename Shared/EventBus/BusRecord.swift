package import Kafka

/// Something that travels over one of our topics.
///
/// A record names its version, so that an older reader meets a newer writer with an error value and not with
/// a guess.
package protocol BusRecord: Sendable {
    static var topic: Topic { get }

    init(decoding record: ConsumedRecord) throws(BusError)
    func record(prefix: String) -> KafkaRecord
}

/// Why a record cannot be read. The texts hold nothing of its content, so they may be logged.
package enum BusError: Error, Equatable, Sendable {
    case notJSON
    /// A version this reader does not know; nil when the record names none, or one that is no plain short
    /// word.
    case unknownVersion(String?)
    /// The field is absent, of another type, or out of its range.
    case field(String)

    package var text: String {
        switch self {
        case .notJSON: "the value is not a JSON object"
        case .unknownVersion(let version): "unknown version \(version ?? "(none)")"
        case .field(let name): "the field \(name) is absent or wrong"
        }
    }
}

extension BusRecord {
    /// Reads a whole batch: what cannot be read is set apart with its reason and loses nothing else.
    package static func decode(
        _ records: [ConsumedRecord]
    ) -> (read: [(value: Self, from: ConsumedRecord)], unread: [(error: BusError, from: ConsumedRecord)]) {
        var read: [(value: Self, from: ConsumedRecord)] = []
        var unread: [(error: BusError, from: ConsumedRecord)] = []
        read.reserveCapacity(records.count)
        for record in records {
            do throws(BusError) {
                read.append((try Self(decoding: record), record))
            } catch {
                unread.append((error, record))
            }
        }
        return (read, unread)
    }
}
