/// What of a Swift source is code: comments are gone and string literals are empty, line by line as before.
///
/// Interpolations count as code. A scan, not a parser: regular expression literals are read as code too.
struct SwiftCode {
    let lines: [String]

    private enum Context {
        case code(openParentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
    }

    init(_ text: String) {
        var scan = Scan(bytes: Array(text.utf8))
        scan.run()
        lines = String(decoding: scan.code, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private struct Scan {
        let bytes: [UInt8]
        var code: [UInt8] = []
        var index = 0
        var contexts: [Context] = [.code(openParentheses: 0)]

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func run() {
            while index < bytes.count {
                switch contexts.last {
                case .code(let open): stepInCode(openParentheses: open)
                case .string(let hashes, let isMultiline): stepInString(hashes, isMultiline)
                case nil: return
                }
            }
        }

        private mutating func stepInCode(openParentheses open: Int) {
            if follows("//") {
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            } else if follows("/*") {
                skipBlockComment()
            } else if let hashes = hashesBeforeQuote() {
                index += hashes
                let isMultiline = follows("\"\"\"")
                index += isMultiline ? 3 : 1
                code.append(UInt8(ascii: "\""))
                contexts.append(.string(hashes: hashes, isMultiline: isMultiline))
            } else {
                take(openParentheses: open)
            }
        }

        private mutating func take(openParentheses open: Int) {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "(") {
                contexts[contexts.count - 1] = .code(openParentheses: open + 1)
            } else if byte == UInt8(ascii: ")") {
                if open == 0, contexts.count > 1 {
                    contexts.removeLast()
                    return
                }
                contexts[contexts.count - 1] = .code(openParentheses: open - 1)
            }
            code.append(byte)
        }

        private mutating func stepInString(_ hashes: Int, _ isMultiline: Bool) {
            if follows("\\", hashes, then: UInt8(ascii: "(")) {
                index += 2 + hashes
                contexts.append(.code(openParentheses: 0))
            } else if follows("\\", hashes), !follows("\\", hashes, then: UInt8(ascii: "\n")) {
                index += 2 + hashes
            } else if follows(isMultiline ? "\"\"\"" : "\"", hashes) {
                index += (isMultiline ? 3 : 1) + hashes
                code.append(UInt8(ascii: "\""))
                contexts.removeLast()
            } else {
                if bytes[index] == UInt8(ascii: "\n") { code.append(bytes[index]) }
                index += 1
            }
        }

        private mutating func skipBlockComment() {
            while index < bytes.count, !follows("*/") {
                if bytes[index] == UInt8(ascii: "\n") { code.append(bytes[index]) }
                index += 1
            }
            index += 2
        }

        private func hashesBeforeQuote() -> Int? {
            var end = index
            while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
            return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - index : nil
        }

        private func follows(_ word: StaticString, _ hashes: Int = 0, then last: UInt8? = nil) -> Bool {
            let end = index + word.utf8CodeUnitCount + hashes
            guard end + (last == nil ? 0 : 1) <= bytes.count else { return false }
            for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] {
                return false
            }
            for offset in 0..<hashes where bytes[end - 1 - offset] != UInt8(ascii: "#") { return false }
            return last.map { bytes[end] == $0 } ?? true
        }
    }
}

extension SwiftCode {
    /// Lines in which an exclamation mark follows an operand: a forced unwrapping, or a type that promises one.
    var forcedUnwrappings: [Int] {
        lines.indices.filter { Self.forces(Array(lines[$0].utf8)) }.map { $0 + 1 }
    }

    private static func forces(_ line: [UInt8]) -> Bool {
        line.indices.contains { index in
            guard line[index] == UInt8(ascii: "!"), index > 0, endsOperand(line[index - 1]) else {
                return false
            }
            return index + 1 == line.count || line[index + 1] != UInt8(ascii: "=")
        }
    }

    private static func endsOperand(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ")"), UInt8(ascii: "]"),
            UInt8(ascii: "}"), UInt8(ascii: ">"):
            true
        default: false
        }
    }
}
