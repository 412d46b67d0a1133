import Crypto
import JSON
import Models
import Storage

/// Checks a proof against public keys, and believes nothing else.
struct ProofVerifier {
    struct Refused: Error, Equatable {
        let reason: String
    }

    /// 32 bytes each, by their ids.
    let keys: [String: [UInt8]]

    init(keys: [[UInt8]]) {
        self.keys = Dictionary(keys.map { (ProofSigner.id(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Returns: the lines that are proven.
    func verify(_ document: [UInt8]) throws(Refused) -> (statement: ProofStatement, lines: [String]) {
        guard let json = try? JSONDocument(parsing: document), let proof = DeliveryProof(json.root) else {
            throw Refused(reason: "this is no proof of a format that is known here")
        }
        let statement = proof.statement
        try requireSignature(proof.statementSignature, of: statement.text, by: statement.keyID, "the statement")
        let lines = proof.parts.flatMap(\.lines)
        try require(statement.messageID == proof.messageID.description, "the statement is about another message")
        try require(statement.lines == lines.count, "the number of lines is not the one that was stated")
        try require(
            statement.linesHash == SHA256.hex(lines.joined(separator: "\n")), "the lines are not those that were stated")
        try require(statement.seals == proof.parts.map(\.seal), "the seals are not those that were stated")
        try require(!lines.isEmpty, "nothing of this message is sealed yet")
        let seals = try verify(proof.seals)
        for part in proof.parts { try verify(part, of: proof.messageID, seals) }
        for disclosure in proof.disclosed { try verify(disclosure, lines) }
        return (statement, lines)
    }

    private func require(_ holds: Bool, _ reason: String) throws(Refused) {
        if !holds { throw Refused(reason: reason) }
    }

    private func requireSignature(
        _ signature: String, of text: String, by keyID: String, _ what: String
    ) throws(Refused) {
        guard let key = keys[keyID] else {
            throw Refused(reason: "\(what) is signed with a key that is not the issuer's: \(keyID)")
        }
        try require(
            Ed25519.isValid(Base64.decode(signature) ?? [], of: Array(text.utf8), publicKey: key),
            "the signature of \(what) is wrong")
    }

    /// Each seal is signed, and names the one before it.
    private func verify(_ signed: [DeliveryProof.Seal]) throws(Refused) -> [Int64: ProofSeal] {
        var seals: [Int64: ProofSeal] = [:]
        var before: ProofSeal?
        for one in signed {
            guard let seal = ProofSeal(text: one.text) else { throw Refused(reason: "a seal cannot be read") }
            try requireSignature(one.signature, of: seal.text, by: seal.keyID, "seal \(seal.number)")
            if let before {
                try require(seal.number > before.number, "the seals are not in their order")
                try require(seal.tenantID == before.tenantID, "the seals are of several tenants")
                try require(
                    seal.number > before.number + 1 || seal.previous == SHA256.hex(before.text),
                    "seal \(seal.number) does not name the seal before it")
            }
            before = seal
            seals[seal.number] = seal
        }
        return seals
    }

    private func verify(
        _ part: DeliveryProof.Part, of messageID: MessageID, _ seals: [Int64: ProofSeal]
    ) throws(Refused) {
        guard let seal = seals[part.seal] else { throw Refused(reason: "seal \(part.seal) is missing") }
        let isOrdered = zip(part.lines, part.lines.dropFirst()).allSatisfy {
            !$1.utf8.lexicographicallyPrecedes($0.utf8)
        }
        try require(isOrdered, "the lines of a seal are not in their order")
        for line in part.lines {
            let moment = line.prefix { $0 != " " }
            try require(seal.from <= moment && moment < seal.to, "a line lies outside the time of its seal")
            try require(!line.contains("\n"), "a line is none")
        }
        let path = part.path.map { MerkleTree.Step(isLeft: $0.isLeft, hash: Hexadecimal.decode($0.hash) ?? []) }
        let leaf = SHA256.hash(ProofText.leaf(messageID.description, lines: part.lines))
        try require(
            Hexadecimal.encode(MerkleTree.root(of: leaf, along: path)) == seal.root,
            "the lines are not what seal \(part.seal) was made over")
    }

    private func verify(_ disclosure: DeliveryProof.Disclosure, _ lines: [String]) throws(Refused) {
        let word =
            switch disclosure.what {
            case .recipient: "recipient"
            case .content: "content"
            case .detail: "detail"
            case .receipt: "bytes"
            }
        let salt = Hexadecimal.decode(disclosure.salt) ?? []
        let hash = SHA256.hex(salt + Array(disclosure.value.utf8))
        try require(
            lines.contains { $0.hasSuffix(" \(word) \(hash)") || $0.contains(" \(word) \(hash) ") },
            "the \(disclosure.what.rawValue) that is shown is not the one that was sealed")
    }
}
