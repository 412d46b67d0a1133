internal import Crypto
internal import Models
internal import Postgres

/// What the database has of one message's proof.
struct ProofRows {
    struct Line {
        let recordedAt: Timestamp
        let text: String
        let isFirst: Bool
        let detail: String?
        /// Nil for an event.
        let receipt: Receipt?
    }

    /// What a provider said.
    enum Receipt {
        case said(String)
        /// Erased, or sealed with a key that is gone.
        case unreadable
    }

    struct Seal {
        let number: Int64
        let from: Timestamp
        let to: Timestamp
        let leaves: [UInt8]
        let recipientSalt: String
        let contentSalt: String
        let messageLine: String
    }

    let messageID: MessageID
    let recipient: String
    /// JSON as the database writes it.
    let content: String
    let lines: [Line]
    let seals: [Seal]
    let keys: [DeliveryProof.Key]
    let now: String
    let sealedUntil: String

    /// Nil for a message that the acting tenant does not have.
    init?(
        _ messageID: MessageID, _ tenantID: TenantID, _ secrets: SecretStore, on connection: Connection
    ) throws {
        let found = try connection.rows(
            """
            SELECT m.recipient, m.content::text AS content, proof_time(now()) AS now,
                   proof_time((SELECT sealed_until FROM proof_progress)) AS sealed_until
            FROM messages m WHERE m.tenant_id = \(tenantID) AND m.id = \(messageID)
            """)
        guard let row = found.first else { return nil }
        self.messageID = messageID
        recipient = try row.value("recipient")
        content = try row.value("content")
        now = try row.value("now")
        sealedUntil = try row.value("sealed_until")
        let rows = try ProofStore.rows(of: messageID, tenantID, on: connection)
        let key = try secrets.dataKeys(of: [tenantID], on: connection)[tenantID]
        lines = try rows.lines.map { row in
            let receiptID: UUIDValue? = try row.value("receipt_id")
            let sealed: Bytes? = try row.value("bytes_sealed")
            return Line(
                recordedAt: try row.value("recorded_at"), text: try row.value("line"), isFirst: try row.value("is_first"),
                detail: try row.value("detail"),
                receipt: receiptID.map { Receipt(sealed?.bytes, .rawReceipt(tenantID, messageID, $0), key) })
        }
        seals = try rows.seals.map {
            Seal(
                number: try $0.value("number"), from: try $0.value("from_at"), to: try $0.value("to_at"),
                leaves: try $0.value("leaves"), recipientSalt: try $0.value("recipient_salt"),
                contentSalt: try $0.value("content_salt"), messageLine: try $0.value("message_line"))
        }
        keys = try connection.rows("SELECT id, public_key FROM proof_keys").map {
            DeliveryProof.Key(
                id: try $0.value("id"), publicKey: Base64.encode(try $0.value("public_key", as: [UInt8].self)))
        }
    }
}

extension ProofRows.Receipt {
    init(_ sealed: [UInt8]?, _ purpose: SecretPurpose, _ key: DataKey?) {
        guard let sealed, let opened = try? key?.open(sealed, for: purpose), let text = String(validating: opened, as: UTF8.self)
        else {
            self = .unreadable
            return
        }
        self = .said(text)
    }
}

/// A proof while it is put together.
struct ProofDraft {
    private(set) var parts: [DeliveryProof.Part] = []
    private(set) var disclosed: [DeliveryProof.Disclosure] = []
    var notes: [String] = []
    private let rows: ProofRows
    private var sealed: Set<Int> = []
    /// The seal whose part holds the message itself.
    private var first: ProofRows.Seal?

    init(_ rows: ProofRows) {
        self.rows = rows
    }

    /// Lines that no seal vouches for.
    var unsealed: [String] { rows.lines.indices.filter { !sealed.contains($0) }.map { rows.lines[$0].text } }

    mutating func take(_ seal: ProofRows.Seal) throws {
        guard let place = Self.place(of: rows.messageID, in: seal.leaves) else { return }
        let mine = rows.lines.indices.filter {
            rows.lines[$0].recordedAt >= seal.from && rows.lines[$0].recordedAt < seal.to
        }
        var lines = mine.map { rows.lines[$0].text }
        let isFirst = mine.contains { rows.lines[$0].isFirst }
        if isFirst { lines.append(seal.messageLine) }
        lines.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let hashes = Self.hashes(in: seal.leaves)
        guard SHA256.hash(ProofText.leaf(rows.messageID.description, lines: lines)) == hashes[place] else {
            notes.append(
                "Seal \(seal.number) does not match what the log holds now: something was made unreadable, removed or changed since it was sealed.")
            return
        }
        if isFirst { first = seal }
        sealed.formUnion(mine)
        let path = MerkleTree.path(to: place, in: hashes) ?? []
        parts.append(
            DeliveryProof.Part(
                seal: seal.number, lines: lines, path: path.map { ($0.isLeft, Hexadecimal.encode($0.hash)) }))
        for line in mine.map({ rows.lines[$0] }) {
            if let detail = line.detail { disclosed.append(DeliveryProof.Disclosure(what: .detail, value: detail)) }
            if case .said(let text) = line.receipt {
                disclosed.append(DeliveryProof.Disclosure(what: .receipt, value: text))
            }
        }
    }

    /// What was made unreadable is not what was sealed, so it cannot be shown: then `take` has said so.
    mutating func disclose(_ wish: ProofStore.Wish) {
        if !unsealed.isEmpty {
            notes.append("\(unsealed.count) lines are not sealed: recorded lately, or before sealing began, or changed since.")
        }
        let unreadable = rows.lines.count { if case .unreadable = $0.receipt { true } else { false } }
        if unreadable > 0 {
            notes.append(
                "What the provider said in \(unreadable) receipts cannot be shown: it was erased, or its key was. The hashes remain.")
        }
        guard let first else { return }
        if wish.showsRecipient {
            disclosed.append(
                DeliveryProof.Disclosure(what: .recipient, value: rows.recipient, salt: first.recipientSalt))
        }
        if wish.showsContent {
            disclosed.append(DeliveryProof.Disclosure(what: .content, value: rows.content, salt: first.contentSalt))
        }
    }

    /// By halving: the leaves stand in the order of their ids.
    private static func place(of id: MessageID, in leaves: [UInt8]) -> Int? {
        let wanted = id.value.bytes
        var (low, high) = (0, leaves.count / SealStore.leafBytes)
        while low < high {
            let middle = (low + high) / 2
            let bytes = leaves[middle * SealStore.leafBytes..<middle * SealStore.leafBytes + 16]
            if bytes.elementsEqual(wanted) { return middle }
            if bytes.lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    private static func hashes(in leaves: [UInt8]) -> [[UInt8]] {
        stride(from: 0, to: leaves.count, by: SealStore.leafBytes).map { Array(leaves[$0 + 16..<$0 + SealStore.leafBytes]) }
    }
}
