/// The header lines of an answer as they go to the socket.
struct ResponseHead: Sendable {
    private(set) var bytes: [UInt8] = []

    /// A line end inside a value would let whoever chose the value write headers, or a whole second answer.
    init(_ response: Response, requestID: String) throws(HTTPServerError) {
        bytes.reserveCapacity(256)
        for (name, value) in response.headers where !Self.isOurs(name) {
            guard Self.isToken(name), Self.isFieldValue(value) else {
                throw .unsafeResponseHeader(name: Self.isToken(name) ? name : "(not a name)")
            }
            append(name, value)
        }
        append("X-Request-Id", requestID)
    }

    private mutating func append(_ name: String, _ value: String) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: value.utf8)
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }

    private static let ours = ["date", "content-length", "transfer-encoding", "connection", "x-request-id"]

    private static func isOurs(_ name: String) -> Bool {
        ours.contains { $0.utf8.count == name.utf8.count && equalIgnoringCase($0, name) }
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    true
                default:
                    "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
