/// The fields and files of a form as browsers send it with `multipart/form-data` (RFC 7578).
enum Multipart {
    struct Part: Sendable {
        let name: String
        /// Nil for a field that is no file.
        let file: String?
        let content: [UInt8]
    }

    static let partsMax = 40
    static let headBytesMax = 2_048

    /// Nil for what is none, or a broken one.
    static func parts(_ body: [UInt8], contentType: String) -> [Part]? {
        guard contentType.lowercased().hasPrefix("multipart/form-data"),
            let boundary = parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count)
        else { return nil }
        let delimiter = Array("--\(boundary)".utf8)
        guard body.starts(with: delimiter) else { return nil }
        var parts: [Part] = []
        var place = delimiter.count
        while true {
            let rest = body[place...]
            if rest.starts(with: [45, 45]) { return parts }
            guard rest.starts(with: lineEnd), parts.count < partsMax,
                let headEnd = index(of: lineEnd + lineEnd, in: body, from: place, before: place + headBytesMax),
                let end = index(of: lineEnd + delimiter, in: body, from: headEnd + 2, before: body.count)
            else { return nil }
            let start = min(headEnd + 4, end)
            let head = body[(place + 2)..<max(place + 2, headEnd)]
            guard let part = part(head: head, content: Array(body[start..<end])) else { return nil }
            parts.append(part)
            place = end + 2 + delimiter.count
        }
    }

    private static let lineEnd: [UInt8] = [13, 10]

    private static func part(head: ArraySlice<UInt8>, content: [UInt8]) -> Part? {
        for line in String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard line.lowercased().hasPrefix("content-disposition:"), let name = parameter("name", of: String(line)) else {
                continue
            }
            return Part(name: name, file: parameter("filename", of: String(line)), content: content)
        }
        return nil
    }

    /// `name="…"` or `name=…`, after a semicolon.
    private static func parameter(_ wanted: String, of header: String) -> String? {
        for piece in header.split(separator: ";").dropFirst() {
            let halves = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, String(halves[0]).trimmed.lowercased() == wanted else { continue }
            let value = String(halves[1]).trimmed
            return value.hasPrefix("\"") && value.hasSuffix("\"") && value.utf8.count >= 2
                ? String(value.dropFirst().dropLast()) : value
        }
        return nil
    }

    private static func index(of wanted: [UInt8], in body: [UInt8], from: Int, before end: Int) -> Int? {
        var place = from
        let last = min(end, body.count) - wanted.count
        while place <= last {
            if body[place] == wanted[0], body[place...].starts(with: wanted) { return place }
            place += 1
        }
        return nil
    }
}
