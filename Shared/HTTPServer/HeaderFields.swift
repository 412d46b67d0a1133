import Cbeast

/// The headers of a request in one piece of text, as they were received: one lookup is cheaper than a
/// dictionary that most handlers never ask.
struct HeaderFields: Sendable {
    private let text: [UInt8]
    private let fields: [cbeast_field]

    init(text: [UInt8], fields: [cbeast_field]) {
        self.text = text
        self.fields = fields
    }

    init(_ headers: [(String, String)]) {
        var text: [UInt8] = []
        var fields: [cbeast_field] = []
        for (name, value) in headers {
            var field = cbeast_field()
            field.name_start = UInt32(text.count)
            text.append(contentsOf: name.utf8)
            field.name_count = UInt32(text.count) - field.name_start
            field.value_start = UInt32(text.count)
            text.append(contentsOf: value.utf8)
            field.value_count = UInt32(text.count) - field.value_start
            fields.append(field)
        }
        self.init(text: text, fields: fields)
    }

    /// The first of that name. Names are compared without regard to ASCII case.
    func first(_ name: String) -> String? {
        var name = name
        return name.withUTF8 { wanted in
            for field in fields where field.name_count == wanted.count && matches(field, wanted) {
                return value(of: field)
            }
            return nil
        }
    }

    var all: [(name: String, value: String)] {
        fields.map { field in
            let start = Int(field.name_start)
            let name = String(decoding: text[start..<start + Int(field.name_count)], as: UTF8.self)
            return (name, value(of: field))
        }
    }

    private func value(of field: cbeast_field) -> String {
        let start = Int(field.value_start)
        return String(decoding: text[start..<start + Int(field.value_count)], as: UTF8.self)
    }

    private func matches(_ field: cbeast_field, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = Int(field.name_start)
        for index in wanted.indices where asciiLower(text[start + index]) != asciiLower(wanted[index]) {
            return false
        }
        return true
    }
}

func asciiLower(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
