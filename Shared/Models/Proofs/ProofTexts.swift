/// The texts that are hashed and signed: lines of words, so that anybody can make them again with any language.
package enum ProofText {
    package static let format = "tidings-proof-1"
    private static let leafHead = "tidings-proof-leaf-1"

    /// What a message's leaf in a seal is the SHA-256 of: its lines of that seal, in their order.
    package static func leaf(_ messageID: String, lines: [String]) -> String {
        ([leafHead, messageID] + lines).joined(separator: "\n")
    }
}

/// One seal over what happened to a tenant's messages in a span of time. Each names the hash of the one before, so that
/// none can be changed or left out later.
package struct ProofSeal: Hashable, Sendable {
    private static let head = "tidings-proof-seal-1"
    package static let nothingBefore = String(repeating: "0", count: 64)

    package let tenantID: String
    /// From 1, without gaps.
    package let number: Int64
    /// What was recorded from here …
    package let from: String
    /// … up to here, not included.
    package let to: String
    package let leaves: Int
    package let root: String
    /// SHA-256 of the text of the seal before; zeros for the first one.
    package let previous: String
    package let keyID: String

    package init(
        tenantID: String, number: Int64, from: String, to: String, leaves: Int, root: String, previous: String,
        keyID: String
    ) {
        (self.tenantID, self.number, self.from, self.to) = (tenantID, number, from, to)
        (self.leaves, self.root, self.previous, self.keyID) = (leaves, root, previous, keyID)
    }

    /// What is signed and hashed.
    package var text: String {
        """
        \(Self.head)
        tenant \(tenantID)
        number \(number)
        from \(from)
        to \(to)
        leaves \(leaves)
        root \(root)
        previous \(previous)
        key \(keyID)
        """
    }

    /// Nil for any text that is not exactly a seal's.
    package init?(text: String) {
        let values = ProofFields(text, head: Self.head).values
        guard let number = values["number"].flatMap({ Int64($0) }), let leaves = values["leaves"].flatMap({ Int($0) })
        else { return nil }
        self.init(
            tenantID: values["tenant"] ?? "", number: number, from: values["from"] ?? "", to: values["to"] ?? "",
            leaves: leaves, root: values["root"] ?? "", previous: values["previous"] ?? "", keyID: values["key"] ?? "")
        guard self.text == text else { return nil }
    }
}

/// What we say about a proof as a whole when we hand it out: that these are all lines there were.
package struct ProofStatement: Hashable, Sendable {
    private static let head = "tidings-proof-statement-1"

    package let messageID: String
    package let issued: String
    /// What was recorded before this moment is sealed.
    package let sealedUntil: String
    package let lines: Int
    /// SHA-256 of all lines, of all seals in their order, with a line feed between.
    package let linesHash: String
    /// Numbers of the seals that hold them.
    package let seals: [Int64]
    package let keyID: String

    package init(
        messageID: String, issued: String, sealedUntil: String, lines: Int, linesHash: String, seals: [Int64], keyID: String
    ) {
        (self.messageID, self.issued, self.sealedUntil) = (messageID, issued, sealedUntil)
        (self.lines, self.linesHash, self.seals, self.keyID) = (lines, linesHash, seals, keyID)
    }

    package var text: String {
        """
        \(Self.head)
        message \(messageID)
        issued \(issued)
        sealed_until \(sealedUntil)
        lines \(lines)
        lines_sha256 \(linesHash)
        seals \(seals.map { "\($0)" }.joined(separator: ","))
        key \(keyID)
        """
    }

    package init?(text: String) {
        let values = ProofFields(text, head: Self.head).values
        guard let lines = values["lines"].flatMap({ Int($0) }) else { return nil }
        self.init(
            messageID: values["message"] ?? "", issued: values["issued"] ?? "",
            sealedUntil: values["sealed_until"] ?? "", lines: lines, linesHash: values["lines_sha256"] ?? "",
            seals: (values["seals"] ?? "").split(separator: ",").compactMap { Int64($0) }, keyID: values["key"] ?? "")
        guard self.text == text else { return nil }
    }
}

/// Lines of a name, a blank and a value.
private struct ProofFields {
    private(set) var values: [String: String] = [:]

    init(_ text: String, head: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map({ $0 == head }) ?? false else { return }
        for line in lines.dropFirst() {
            guard let blank = line.firstIndex(of: " ") else { continue }
            values[String(line[..<blank])] = String(line[line.index(after: blank)...])
        }
    }
}
