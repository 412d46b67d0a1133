import Crypto

/// As much of a mail (RFC 5322, MIME) as a person wants to see: subject, text, HTML.
struct MailReading: Sendable, Equatable {
    private(set) var from = ""
    private(set) var subject = ""
    private(set) var text = ""
    private(set) var html: String?

    private static let partsDepthMax = 5

    init(_ raw: [UInt8]) {
        let part = Part(raw[...])
        from = Self.decodedWords(part.header("from") ?? "")
        subject = Self.decodedWords(part.header("subject") ?? "")
        read(part, depth: 0)
    }

    private mutating func read(_ part: Part, depth: Int) {
        let type = (part.header("content-type") ?? "text/plain").lowercased()
        if type.hasPrefix("multipart/"), depth < Self.partsDepthMax,
            let boundary = Self.parameter("boundary", in: part.header("content-type") ?? "")
        {
            for piece in part.pieces(boundary: boundary) { read(Part(piece), depth: depth + 1) }
        } else if type.hasPrefix("text/html") {
            if html == nil { html = part.decodedText }
        } else if type.hasPrefix("text/"), text.isEmpty {
            text = part.decodedText
        }
    }

    private static func parameter(_ name: String, in value: String) -> String? {
        for piece in value.split(separator: ";").dropFirst() {
            let halves = piece.split(separator: "=", maxSplits: 1)
            guard halves.count == 2, trimmed(halves[0]).lowercased() == name else { continue }
            let text = trimmed(halves[1])
            return text.hasPrefix("\"") ? String(text.dropFirst().prefix { $0 != "\"" }) : text
        }
        return nil
    }

    // MARK: Headers

    private struct Part {
        private var headers: [(name: String, value: String)] = []
        let body: ArraySlice<UInt8>

        init(_ raw: ArraySlice<UInt8>) {
            var rest = raw
            var lines: [String] = []
            while !rest.isEmpty {
                let line = MailReading.line(of: &rest)
                if line.isEmpty { break }
                let text = String(decoding: line, as: UTF8.self)
                // A line that begins with a blank goes on with the header before it.
                if let first = line.first, first == 0x20 || first == 0x09, !lines.isEmpty {
                    lines[lines.count - 1] += " " + MailReading.trimmed(text)
                } else {
                    lines.append(text)
                }
            }
            for line in lines {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = MailReading.trimmed(line[line.index(after: colon)...])
                headers.append((line[..<colon].lowercased(), value))
            }
            body = rest
        }

        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

        var decodedText: String {
            switch MailReading.trimmed(header("content-transfer-encoding") ?? "").lowercased() {
            case "base64":
                let digits = body.filter { $0 > 0x20 }
                return String(
                    decoding: Base64.decode(String(decoding: digits, as: UTF8.self)) ?? [],
                    as: UTF8.self
                )
            case "quoted-printable":
                return MailReading.lines(
                    String(decoding: MailReading.quotedPrintable(body, isHeader: false), as: UTF8.self)
                )
            default: return MailReading.lines(String(decoding: body, as: UTF8.self))
            }
        }

        func pieces(boundary: String) -> [ArraySlice<UInt8>] {
            let mark = Array("--\(boundary)".utf8)
            var pieces: [ArraySlice<UInt8>] = []
            var start: Int?
            var rest = body
            while !rest.isEmpty {
                let lineStart = rest.startIndex
                let line = MailReading.line(of: &rest)
                guard line.starts(with: mark) else { continue }
                if let start { pieces.append(body[start..<max(start, lineStart - 2)]) }
                start = rest.startIndex
                if line.dropFirst(mark.count).starts(with: Array("--".utf8)) { break }
            }
            return pieces
        }
    }

    private static func line(of rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
        var line = rest[..<end]
        rest = end < rest.endIndex ? rest[(end + 1)...] : rest[end...]
        if line.last == 0x0D { line = line.dropLast() }
        return line
    }

    private static func lines(_ text: String) -> String {
        trimmed(text.replacing("\r\n", with: "\n"))
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }

    // MARK: Encodings

    /// RFC 2047: `=?utf-8?B?…?=` and `=?utf-8?Q?…?=`; blanks between two such words do not count.
    static func decodedWords(_ value: String) -> String {
        var output: [UInt8] = []
        var wasEncoded = false
        for word in value.split(separator: " ", omittingEmptySubsequences: true) {
            let parts = word.split(separator: "?", omittingEmptySubsequences: false)
            let isEncoded = parts.count == 5 && parts[0] == "=" && parts[4] == "="
            if !output.isEmpty, !(isEncoded && wasEncoded) { output.append(0x20) }
            wasEncoded = isEncoded
            guard isEncoded else {
                output += Array(word.utf8)
                continue
            }
            if parts[2].uppercased() == "B" {
                output += Base64.decode(parts[3]) ?? []
            } else {
                output += quotedPrintable(Array(parts[3].utf8)[...], isHeader: true)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func quotedPrintable(_ bytes: ArraySlice<UInt8>, isHeader: Bool) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            if isHeader, byte == UInt8(ascii: "_") {
                output.append(0x20)
            } else if byte != UInt8(ascii: "=") {
                output.append(byte)
            } else if rest.starts(with: [0x0D, 0x0A]) {
                rest = rest.dropFirst(2)
            } else if rest.first == 0x0A {
                rest = rest.dropFirst()
            } else if let value = Hexadecimal.decode(String(decoding: rest.prefix(2), as: UTF8.self)),
                value.count == 1
            {
                output.append(value[0])
                rest = rest.dropFirst(2)
            } else {
                output.append(byte)
            }
        }
        return output
    }
}
