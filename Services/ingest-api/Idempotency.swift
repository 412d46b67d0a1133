import APIKit
import Crypto
import HTTPServer
import Models
import Storage

/// The `Idempotency-Key` of a request, as hashes: the key itself may say more than we want to keep.
struct IdempotencyKey: Sendable {
    static let charactersMax = 255

    let keyHash: UUIDValue
    let requestHash: UUIDValue

    /// Nil when the request has none.
    init?(of request: Request) throws {
        guard let key = request.header("idempotency-key") else { return nil }
        let bytes = Array(key.utf8)
        guard (1...Self.charactersMax).contains(bytes.count), bytes.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
            throw Problem.refused(
                "idempotency_key_invalid",
                "Idempotency-Key",
                "An `Idempotency-Key` has 1 to \(Self.charactersMax) printable ASCII characters."
            )
        }
        keyHash = Self.firstHalf(of: SHA256.hash(bytes))
        // The same body at another address is another request.
        requestHash = Self.firstHalf(of: SHA256.hash(Array(request.path.utf8) + [0] + request.body))
    }

    /// A key for work of our own that must not be done twice, named by what it is: `task 0199…`. No caller can write
    /// one, and whatever the work has become meanwhile, its first answer stands.
    init(ofOwnWork name: String) {
        keyHash = Self.firstHalf(of: SHA256.hash([0] + Array(name.utf8)))
        requestHash = keyHash
    }

    func claim(_ answer: StoredAnswer) -> IdempotencyClaim {
        IdempotencyClaim(keyHash: keyHash, requestHash: requestHash, answer: answer)
    }

    private static func firstHalf(of hash: [UInt8]) -> UUIDValue {
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return UUIDValue(high: word(hash[0..<8]), low: word(hash[8..<16]))
    }
}

extension Response {
    /// The first answer once more.
    static func repeated(_ answer: StoredAnswer) -> Response {
        var response = Response.json(answer.status, answer.body)
        response.setHeader("Idempotent-Replayed", "true")
        return response
    }
}
