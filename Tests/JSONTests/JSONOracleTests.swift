import Foundation
import JSON
import TestSupport
import Testing

/// Foundation's parser as a second opinion.
@Suite struct JSONAgreesWithFoundation {
    @Test(
        arguments: [
            "null", "true", "false", "0", "-0", "1", "-1", "1.5", "1e3", "1E-3", "0.1", "\"\"", "\"a\"", "[]",
            "{}",
            " [ 1 , 2 ] ", "{\"a\":{\"b\":[null]}}", "\"\\u00e8\\n\\t\\\"\\\\\\/\"", "\"\\ud83d\\ude00\"",
            "9223372036854775807", "-9223372036854775808", "\"\\u0000\"", "[[[[[]]]]]", "{\"\":1}",
        ])
    func validTextsMeanTheSame(text: String) throws {
        let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        let ours = try JSONDocument(parsing: text).root
        #expect(isSame(ours, theirs), "\(text)")
    }

    @Test(
        arguments: [
            "", " ", "nul", "tru", "01", "1.", ".5", "+1", "1e", "0x10", "NaN", "Infinity", "'a'", "\"",
            "\"\\x\"",
            "\"\\u12\"", "\"\\ud800\"", "\"a\nb\"", "\"a\tb\"", "[", "]", "[,1]", "[1 2]", "{", "{\"a\"}",
            "{\"a\":}", "{a:1}", "{1:1}", "[1]]", "[1][2]", "1 2", "// c\n1", "[1,/**/2]", "\u{0}",
        ])
    func invalidTextsAreRefusedByBoth(text: String) {
        #expect(throws: (any Error).self) {
            try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        }
        #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }
    }

    @Test(arguments: ["[1,]", "{\"a\":1,}", "18446744073709551616", "1e400", "\u{FEFF}{}"])
    func whatFoundationForgivesIsRefusedToo(text: String) {
        #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func whatTheWriterWritesBothReadersReadBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<25 {
            let value = Generated.random(using: &generator, depth: 0)
            var writer = JSONWriter()
            value.write(to: &writer)
            let text = "seed \(seed): \(writer.text)"
            let ours = try JSONDocument(parsing: writer.bytes).root
            let data = Data(writer.bytes)
            let theirs = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
            #expect(value.isSame(as: ours), "\(text)")
            #expect(isSame(ours, theirs), "\(text)")
            let again = try JSONDocument(parsing: ours.serialized()).root
            #expect(value.isSame(as: again), "\(text)")
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func aDamagedTextIsAcceptedOrRefusedByBoth(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var writer = JSONWriter()
            Generated.random(using: &generator, depth: 0).write(to: &writer)
            var bytes = writer.bytes
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[position] = UInt8(ascii: "!") + UInt8.random(in: 0..<94, using: &generator)
            let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            let ours = try? JSONDocument(parsing: bytes)
            // Numbers beyond 64 bits or the range of a double are refused here and rounded there.
            let text = String(decoding: bytes, as: UTF8.self)
            if ours == nil, theirs != nil, text.contains(/[0-9]{18}|[eE][+]?[0-9]{3}/) { continue }
            #expect((ours == nil) == (theirs == nil), "seed \(seed): \(text)")
        }
    }
}

private indirect enum Generated {
    case object([(String, Generated)]), array([Generated]), string(String), integer(Int64), double(Double)
    case boolean(Bool), null

    static func random(using generator: inout SeededGenerator, depth: Int) -> Generated {
        let count = Int.random(in: 0..<5, using: &generator)
        switch Int.random(in: 0..<(depth < 5 ? 9 : 6), using: &generator) {
        case 0: return .null
        case 1: return .boolean(.random(using: &generator))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &generator))
        case 3: return .integer(Int64.random(in: -100...100, using: &generator))
        case 4: return .double(Double.random(in: -1e9...1e9, using: &generator))
        case 5: return .string(text(using: &generator))
        case 6: return .array((0..<count).map { _ in random(using: &generator, depth: depth + 1) })
        default:
            return .object(
                (0..<count).map { index in
                    ("\(index)" + text(using: &generator), random(using: &generator, depth: depth + 1))
                }
            )
        }
    }

    private static func text(using generator: inout SeededGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "z", "\"", "\\", "/", "\u{8}", "\u{c}", "\n", "\r", "\t", "\u{1}", "\u{1F}", "\u{7F}", "è",
            "\u{2028}",
            "😀", "\u{FFFD}", " ", "{", ",",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
        }
        return String(text)
    }

    func write(to writer: inout JSONWriter) {
        switch self {
        case .object(let members):
            writer.object { object in
                for (key, value) in members {
                    object.key(key)
                    value.write(to: &object)
                }
            }
        case .array(let elements):
            writer.array { array in for element in elements { element.write(to: &array) } }
        case .string(let text): writer.string(text)
        case .integer(let number): writer.integer(number)
        case .double(let number): writer.double(number)
        case .boolean(let boolean): writer.boolean(boolean)
        case .null: writer.null()
        }
    }

    func isSame(as value: JSONValue) -> Bool {
        switch self {
        case .object(let members):
            guard let others = value.members, others.count == members.count else { return false }
            return zip(members, others).allSatisfy { mine, other in
                mine.0 == other.key && mine.1.isSame(as: other.value)
            }
        case .array(let elements):
            guard let others = value.elements, others.count == elements.count else { return false }
            return zip(elements, others).allSatisfy { $0.isSame(as: $1) }
        case .string(let text): return value.string.map { Array($0.utf8) == Array(text.utf8) } ?? false
        case .integer(let number): return value.integer == number
        case .double(let number): return value.double == number
        case .boolean(let boolean): return value.boolean == boolean
        case .null: return value.isNull
        }
    }
}

private func isSame(_ ours: JSONValue, _ theirs: Any) -> Bool {
    switch ours.kind {
    case .object:
        guard let theirs = theirs as? [String: Any], let members = ours.members else { return false }
        return theirs.count == Set(members.map(\.key)).count
            && members.allSatisfy { member in theirs[member.key].map { isSame(member.value, $0) } ?? false }
    case .array:
        guard let theirs = theirs as? [Any], let elements = ours.elements else { return false }
        return theirs.count == elements.count && zip(elements, theirs).allSatisfy { isSame($0, $1) }
    case .string: return (theirs as? String) == ours.string
    case .integer: return (theirs as? NSNumber)?.int64Value == ours.integer
    case .double:
        // Foundation's last digit is not always the nearest one.
        guard let mine = ours.double, let other = (theirs as? NSNumber)?.doubleValue else { return false }
        return abs(mine - other) <= abs(mine) * 1e-15
    case .boolean: return (theirs as? Bool) == ours.boolean
    case .null: return theirs is NSNull
    }
}
