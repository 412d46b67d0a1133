package import JSON
package import Models
internal import Postgres

extension DataValue {
    package init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .boolean: self = .boolean(value.boolean ?? false)
        case .string: self = .text(value.string ?? "")
        case .integer:
            let integer = value.integer ?? 0
            // A number of an order must not change its last digits on its way into a message.
            self = Double(exactly: integer).map { .number($0) } ?? .text(String(integer))
        case .double: self = .number(value.double ?? 0)
        case .array: self = .list((value.elements ?? []).map { DataValue($0) })
        case .object:
            self = .object(Dictionary((value.members ?? []).map { ($0.key, DataValue($0.value)) }) { first, _ in first })
        }
    }

    /// Of a column of ours.
    init(_ json: JSONText) throws(DatabaseError) {
        do {
            self.init(try JSONDocument(parsing: json.bytes).root)
        } catch {
            throw .decoding("a column that should hold JSON does not")
        }
    }
}
