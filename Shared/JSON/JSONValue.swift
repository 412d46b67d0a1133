internal import Csimdjson

/// A value inside a document, which it keeps alive. Copies are cheap; strings are made when they are asked
/// for.
package struct JSONValue: Sendable {
    package enum Kind: Sendable {
        /// `integer` is what fits an Int64; larger whole numbers are `double`.
        case object, array, string, integer, double, boolean, null
    }

    private let document: JSONDocument
    private let value: Position

    /// Safety: a pointer into the document, which the value next to it keeps alive and which never changes.
    private struct Position: @unchecked Sendable {
        let raw: tidings_json_value
    }

    init(document: JSONDocument, value: tidings_json_value) {
        self.document = document
        self.value = Position(raw: value)
    }

    /// Nil if this is no object or the key is absent; of a repeated key, the first.
    package subscript(_ key: String) -> JSONValue? {
        var key = key
        var member = tidings_json_value()
        let isFound = key.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { name in
                tidings_json_member(value.raw, name.baseAddress, name.count, &member)
            }
        }
        return isFound ? JSONValue(document: document, value: member) : nil
    }

    package var kind: Kind {
        switch tidings_json_kind_of(value.raw) {
        case TIDINGS_JSON_OBJECT: .object
        case TIDINGS_JSON_ARRAY: .array
        case TIDINGS_JSON_STRING: .string
        case TIDINGS_JSON_INTEGER: .integer
        case TIDINGS_JSON_DOUBLE: .double
        case TIDINGS_JSON_BOOLEAN: .boolean
        default: .null
        }
    }

    package var string: String? {
        var text = tidings_json_text()
        guard tidings_json_string(value.raw, &text) else { return nil }
        return Self.string(text)
    }

    package var integer: Int64? {
        var number: Int64 = 0
        return tidings_json_integer(value.raw, &number) ? number : nil
    }

    /// Any number; integers beyond 2^53 are rounded.
    package var double: Double? {
        var number = 0.0
        return tidings_json_double(value.raw, &number) ? number : nil
    }

    package var boolean: Bool? {
        var boolean = false
        return tidings_json_boolean(value.raw, &boolean) ? boolean : nil
    }

    package var isNull: Bool { kind == .null }

    package var elements: [JSONValue]? {
        guard kind == .array else { return nil }
        var elements: [JSONValue] = []
        walk { cursor in elements.append(JSONValue(document: document, value: cursor.value)) }
        return elements
    }

    /// In the document's order, repeated keys included.
    package var members: [(key: String, value: JSONValue)]? {
        guard kind == .object else { return nil }
        var members: [(key: String, value: JSONValue)] = []
        walk { cursor in
            members.append((Self.string(cursor.key), JSONValue(document: document, value: cursor.value)))
        }
        return members
    }

    /// Whether any object in here has the same key twice: two readers could understand such a text
    /// differently.
    package var hasDuplicateKeys: Bool {
        withExtendedLifetime(document) { tidings_json_has_duplicate_keys(value.raw) }
    }

    /// Minified JSON of this value.
    package func serialized() -> [UInt8] {
        var bytes: [UInt8] = []
        let isComplete = withUnsafeMutablePointer(to: &bytes) { target in
            tidings_json_serialize(value.raw, target) { context, text, count in
                guard let context else { return }
                let raw = UnsafeRawBufferPointer(start: text, count: count)
                context.assumingMemoryBound(to: [UInt8].self).pointee.append(contentsOf: raw)
            }
        }
        precondition(isComplete, "no memory")
        return bytes
    }

    private func walk(_ visit: (tidings_json_cursor) -> Void) {
        withExtendedLifetime(document) {
            var cursor = tidings_json_cursor()
            guard tidings_json_first(value.raw, &cursor) else { return }
            repeat { visit(cursor) } while tidings_json_next(&cursor)
        }
    }

    private static func string(_ text: tidings_json_text) -> String {
        String(decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.count), as: UTF8.self)
    }
}
