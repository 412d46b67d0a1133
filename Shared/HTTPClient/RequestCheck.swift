/// Refuses what could smuggle a second header or request into the first. URLs and headers may come from
/// tenants.
enum RequestCheck {
    private static let urlBytesMax = 8 << 10

    static func check(_ request: ClientRequest) throws(ClientFailure) {
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://") else {
            throw refusal("the URL is neither http nor https")
        }
        guard request.url.utf8.count <= urlBytesMax, request.url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else {
            throw refusal("the URL is too long or holds spaces or control characters")
        }
        guard !request.method.isEmpty, request.method.utf8.allSatisfy({ (65...90).contains($0) }) else {
            throw refusal("the method is not a word in capitals")
        }
        for (name, value) in request.headers {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
                throw refusal("a header has no valid name")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw refusal("a header's value holds control characters")
            }
            // The length and framing are ours to write.
            for framing in ["Content-Length", "Transfer-Encoding", "Expect", "Connection"]
            where equalIgnoringCase(name, framing) {
                throw refusal("the header \(framing) cannot be set")
            }
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func refusal(_ text: String) -> ClientFailure {
        ClientFailure(kind: .protocol, written: .nothing, text: text)
    }
}
