/// The path and query of a request line, decoded once and checked, so that no handler meets `..`, NUL or
/// broken UTF-8.
struct RequestTarget: Sendable, Equatable {
    /// As sent, without the query.
    var path: String
    /// Decoded one by one: an encoded slash stays inside its segment.
    var segments: [String]
    var query: [Parameter]

    struct Parameter: Sendable, Equatable {
        var name: String
        var value: String
    }

    /// `nil` for what cannot be read in one way only.
    init?(_ text: ArraySlice<UInt8>) {
        guard let origin = Self.originForm(text) else { return nil }
        let mark = origin.firstIndex(of: UInt8(ascii: "?")) ?? origin.endIndex
        let rawPath = origin[..<mark]
        var segments: [String] = []
        for raw in rawPath.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = Self.decoded(raw, plusIsSpace: false), segment != ".", segment != ".." else {
                return nil
            }
            segments.append(segment)
        }
        guard let query = Self.query(origin[mark...].dropFirst()) else { return nil }
        self.path = String(decoding: rawPath, as: UTF8.self)
        self.segments = segments
        self.query = query
    }

    /// `http://host/path` is for proxies, but a server has to take it (RFC 9112, 3.2.2). The host is not
    /// trusted.
    private static func originForm(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        if text.first == UInt8(ascii: "/") { return text }
        for scheme in ["http://", "https://"]
        where text.starts(with: scheme.utf8, by: { asciiLower($0) == $1 }) {
            let rest = text.dropFirst(scheme.utf8.count)
            guard let slash = rest.firstIndex(of: UInt8(ascii: "/")), slash > rest.startIndex else {
                return nil
            }
            return rest[slash...]
        }
        return nil
    }

    private static func query(_ text: ArraySlice<UInt8>) -> [Parameter]? {
        var parameters: [Parameter] = []
        for pair in text.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let name = decoded(pair[..<equals], plusIsSpace: true),
                let value = decoded(pair[equals...].dropFirst(), plusIsSpace: true)
            else { return nil }
            parameters.append(Parameter(name: name, value: value))
        }
        return parameters
    }

    /// `nil` for a broken `%` sequence, a control character or bytes that are not UTF-8.
    static func decoded(_ raw: ArraySlice<UInt8>, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.count)
        var rest = raw[...]
        while let byte = rest.popFirst() {
            var value = byte
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(hexDigit),
                    let low = rest.popFirst().flatMap(hexDigit)
                else { return nil }
                value = high << 4 | low
            } else if byte == UInt8(ascii: "+"), plusIsSpace {
                value = UInt8(ascii: " ")
            }
            // Line ends may stand in a query's value, say a text to preview, but never in a path.
            let isLineEnd = value == 0x0A || value == 0x0D || value == 0x09
            guard value >= 0x20 || (isLineEnd && plusIsSpace), value != 0x7F else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
