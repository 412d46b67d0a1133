import Crypto
import JSON
import Models
import Runtime

/// `tidings verify-proof FILE [--key KEY]`: asks nobody, not even us.
enum VerifyProofCommand {
    private static let bytesMax = 16 << 20

    static func run(_ arguments: Arguments, _ session: Session) async throws -> Int32 {
        guard arguments.words.count == 1 else { throw Arguments.Wrong(text: "name the file of one proof") }
        guard let text = SmallFile.text(at: arguments.words[0], max: bytesMax) else {
            throw Arguments.Wrong(text: "\(arguments.words[0]) cannot be read")
        }
        let document = Array(text.utf8)
        let given = try arguments.value("key").map(keys)
        let own = (try? JSONDocument(parsing: document))?.root["keys"]?.elements?
            .compactMap { $0["public_key"]?.string.flatMap { Base64.decode($0) } }
        do {
            let (statement, lines) = try ProofVerifier(keys: given ?? own ?? []).verify(document)
            print(Terminal.coloured("VALID", .green) + ": message \(statement.messageID), \(lines.count) lines, sealed until \(statement.sealedUntil)")
            for line in lines { print(line) }
            if given == nil {
                Terminal.writeError(
                    "The key was taken from the proof itself: compare it with the issuer's before you believe it.\n")
            }
            return 0
        } catch {
            Terminal.writeError(Terminal.coloured("REFUSED", .red) + ": \(error.reason)\n")
            return 1
        }
    }

    /// A PEM file, the file of `/.well-known/tidings-proof-key.json`, or 32 bytes in Base64.
    private static func keys(_ given: String) throws -> [[UInt8]] {
        let text = SmallFile.text(at: given) ?? given
        if let listed = (try? JSONDocument(parsing: Array(text.utf8)))?.root["keys"]?.elements {
            return listed.compactMap { $0["public_key"]?.string.flatMap { Base64.decode($0) } }
        }
        let digits = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        guard let bytes = Base64.decode(digits.filter { !$0.isWhitespace }), bytes.count >= Ed25519.keyBytesCount else {
            throw Arguments.Wrong(text: "--key is no public key")
        }
        return [Array(bytes.suffix(Ed25519.keyBytesCount))]
    }
}
