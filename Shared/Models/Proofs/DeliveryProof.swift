/// Everything that proves what happened to one message, for whoever trusts nobody but the public key.
package struct DeliveryProof: Hashable, Sendable {
    /// What one seal holds of the message.
    package struct Part: Hashable, Sendable {
        package let seal: Int64
        package let lines: [String]
        /// From the leaf up: the neighbour's side and its hash in hexadecimal digits.
        package let path: [(isLeft: Bool, hash: String)]

        package init(seal: Int64, lines: [String], path: [(isLeft: Bool, hash: String)]) {
            (self.seal, self.lines, self.path) = (seal, lines, path)
        }

        package static func == (left: Part, right: Part) -> Bool {
            left.seal == right.seal && left.lines == right.lines
                && left.path.elementsEqual(right.path) { $0.isLeft == $1.isLeft && $0.hash == $1.hash }
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(seal)
            hasher.combine(lines)
        }
    }

    package struct Seal: Hashable, Sendable {
        package let text: String
        /// Base64.
        package let signature: String

        package init(text: String, signature: String) {
            (self.text, self.signature) = (text, signature)
        }
    }

    /// A text of which a line holds only the hash.
    package struct Disclosure: Hashable, Sendable {
        package enum What: String, CaseIterable, Sendable {
            /// The number, with the salt.
            case recipient
            /// What was written, as JSON, with the salt.
            case content
            /// What a line's `detail` is the SHA-256 of.
            case detail
            /// The provider's own words about the message, as they came: what `bytes` is the SHA-256 of.
            case receipt
        }

        package let what: What
        package let value: String
        /// Hexadecimal digits, put before the value; empty: none.
        package let salt: String

        package init(what: What, value: String, salt: String = "") {
            (self.what, self.value, self.salt) = (what, value, salt)
        }
    }

    package struct Key: Hashable, Sendable {
        package let id: String
        /// Base64 of 32 bytes.
        package let publicKey: String

        package init(id: String, publicKey: String) {
            (self.id, self.publicKey) = (id, publicKey)
        }
    }

    package let messageID: MessageID
    package let statement: ProofStatement
    /// Base64.
    package var statementSignature: String
    package let parts: [Part]
    /// From the first that holds something of the message to the last, without gaps where they are not too many.
    package let seals: [Seal]
    package let disclosed: [Disclosure]
    package let keys: [Key]
    /// Lines that no seal holds (yet): they prove nothing.
    package let unsealed: [String]
    /// What cannot be proven any more, and why.
    package let notes: [String]

    package init(
        messageID: MessageID, statement: ProofStatement, statementSignature: String, parts: [Part], seals: [Seal],
        disclosed: [Disclosure], keys: [Key], unsealed: [String], notes: [String]
    ) {
        (self.messageID, self.statement, self.statementSignature) = (messageID, statement, statementSignature)
        (self.parts, self.seals, self.disclosed, self.keys) = (parts, seals, disclosed, keys)
        (self.unsealed, self.notes) = (unsealed, notes)
    }
}
