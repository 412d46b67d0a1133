import APIKit
import HTTPServer
import JSON
import Models
import PhoneNumbers
import Postgres
import Runtime
import Storage

/// What customers wrote, and what was done about it.
struct ConversationRoutes: Sendable {
    let parts: RouteParts
    let store: ConversationStore

    init(_ parts: RouteParts) {
        self.parts = parts
        store = ConversationStore(parts.database)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/conversations", list)
        router.on(.get, "/v1/conversations/{id}", detail)
        router.on(.patch, "/v1/conversations/{id}", change)
        router.on(.get, "/v1/conversations/{id}/messages", messages)
        router.on(.get, "/v1/conversations/{id}/interactions", interactions)
        router.on(.post, "/v1/conversations/{id}/interactions", log)
        router.on(.get, "/v1/inbound-messages", received)
        router.on(.get, "/v1/inbound-messages/{id}", receivedOne)
    }

    // MARK: Conversations

    private func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        var query = QueryReader(
            request, known: ["status", "sender_id", "contact_id", "assigned_to", "limit", "cursor"])
        var filter = ConversationStore.Filter()
        filter.status = query.word("status")
        filter.senderID = query.id("sender_id")
        filter.contactID = query.id("contact_id")
        filter.assignedTo = query.text("assigned_to")
        let limit = query.limit()
        let before: ConversationStore.Place? = query.value(
            "cursor", "cursor_invalid", "Use `next_cursor` of the page before, unchanged."
        ) { Cursor.decode(text: $0).flatMap(Self.place) }
        try query.requireNoProblems()
        let wanted = filter
        let page = try await withStorage {
            try await store.list(of: caller.tenantID, wanted, before: before, limit: limit)
        }
        let next = page.hasMore ? page.conversations.last.map(Self.cursor) : nil
        return .json(200, ListJSON.body(of: page.conversations, next: next) { $0.writeFields(into: &$1) })
    }

    private static func cursor(_ last: Conversation) -> String {
        Cursor.encode(text: "\(last.lastInboundAt.microseconds) \(last.id)")
    }

    private static func place(_ text: String) -> ConversationStore.Place? {
        let words = text.split(separator: " ")
        guard words.count == 2, let moment = Int64(words[0]), let id = ConversationID(words[1]) else { return nil }
        // What a timestamp of Postgres can hold.
        guard (0..<4_102_444_800_000_000).contains(moment) else { return nil }
        return ConversationStore.Place(at: Timestamp(microseconds: moment), id: id)
    }

    private func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        return .json(200, Self.json(try await conversation(of: request, caller)))
    }

    /// `{"status":"closed","assigned_to":"ada","read_until":"…"}`
    private func change(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: InteractionReader.bodyBytesMax)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["status", "assigned_to", "read_until"], problems: &problems)
        var patch = ConversationPatch()
        if let word = reader.text("status", &problems) {
            patch.status = Conversation.Status(rawValue: word)
            if patch.status == nil {
                problems.note("status_unknown", "status", "`status` must be open or closed.")
            }
        }
        if reader.isNull("assigned_to") { patch.assignedTo = .set(nil) }
        if let assigned = reader.text("assigned_to", &problems) {
            if !(1...InteractionReader.agentCharactersMax).contains(assigned.unicodeScalars.count) {
                problems.note(
                    "assigned_to_invalid", "assigned_to",
                    "`assigned_to` must have 1 to \(InteractionReader.agentCharactersMax) characters.")
            }
            patch.assignedTo = .set(assigned)
        }
        patch.readUntil = reader.time("read_until", &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let id = try await conversation(of: request, caller).id
        let changing = patch
        guard try await withStorage({ try await store.change(id, of: caller.tenantID, changing) }) else {
            throw Problem.notFound("conversation")
        }
        return .json(200, Self.json(try await conversation(of: request, caller)))
    }

    private func messages(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let limit = query.limit()
        let before = query.valueCursor()
        try query.requireNoProblems()
        let conversation = try await conversation(of: request, caller)
        let page = try await withStorage {
            try await store.turns(of: conversation, tenantID: caller.tenantID, before: before, limit: limit)
        }
        let next = page.hasMore ? page.turns.last.map { Cursor.encode(text: $0.id.description) } : nil
        return .json(
            200,
            ListJSON.body(of: page.turns, next: next) { turn, writer in
                switch turn {
                case .received(let message):
                    writer.field("direction", "inbound")
                    writer.field("inbound", object: { message.writeFields(into: &$0) })
                case .sent(let message):
                    writer.field("direction", "outbound")
                    writer.field("outbound", object: { message.writeFields(into: &$0) })
                }
            })
    }

    // MARK: Interactions

    private func interactions(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let limit = query.limit()
        let after = query.valueCursor()
        try query.requireNoProblems()
        let conversation = try await conversation(of: request, caller)
        let page = try await withStorage {
            try await store.interactions(of: conversation.id, tenantID: caller.tenantID, after: after, limit: limit)
        }
        let next = page.hasMore ? page.interactions.last.map { Cursor.encode(text: $0.id.description) } : nil
        return .json(200, ListJSON.body(of: page.interactions, next: next) { $0.writeFields(into: &$1) })
    }

    private func log(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: InteractionReader.bodyBytesMax)
        var problems = FieldProblems()
        let now = SystemClock.now()
        let interaction = InteractionReader.interaction(from: root, id: parts.ids.uuid(at: now), now: now, &problems)
        guard problems.isEmpty, let interaction else { throw Problem.refused(problems.all) }
        let conversation = try await conversation(of: request, caller)
        let isKnown = try await withStorage {
            try await store.log(interaction, in: conversation.id, of: caller.tenantID)
        }
        guard isKnown else { throw Problem.notFound("conversation") }
        var writer = JSONWriter()
        writer.object { interaction.writeFields(into: &$0) }
        return .json(201, writer.bytes)
    }

    // MARK: Inbound messages

    private func received(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        let region = try await parts.catalogs.catalog(of: caller.tenantID).defaultRegion
        var query = QueryReader(
            request, known: ["from", "sender_id", "contact_id", "received_from", "limit", "cursor"])
        var filter = ConversationStore.InboundFilter()
        filter.number = query.value(
            "from", "from_invalid", "Write the number with its country code; + is %2B in an address."
        ) { try? PhoneNumber.parse($0, defaultRegion: region).e164 }
        filter.senderID = query.id("sender_id")
        filter.contactID = query.id("contact_id")
        filter.receivedFrom = query.time("received_from")
        let limit = query.limit()
        let before = query.valueCursor()
        try query.requireNoProblems()
        let wanted = filter
        let page = try await withStorage {
            try await store.received(of: caller.tenantID, wanted, before: before, limit: limit)
        }
        let next = page.hasMore ? page.messages.last.map { Cursor.encode(text: $0.id.description) } : nil
        return .json(200, ListJSON.body(of: page.messages, next: next) { $0.writeFields(into: &$1) })
    }

    private func receivedOne(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        guard let id = request.pathParameter("id").flatMap({ UUIDValue($0) }),
            let message = try await withStorage({ try await store.received(id, of: caller.tenantID) })
        else { throw Problem.notFound("inbound message") }
        var writer = JSONWriter()
        writer.object { message.writeFields(into: &$0) }
        return .json(200, writer.bytes)
    }

    private func conversation(of request: Request, _ caller: Caller) async throws -> Conversation {
        guard let id = request.pathParameter("id").flatMap({ ConversationID($0) }),
            let conversation = try await withStorage({ try await store.conversation(id, of: caller.tenantID) })
        else { throw Problem.notFound("conversation") }
        return conversation
    }

    private static func json(_ conversation: Conversation) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { conversation.writeFields(into: &$0) }
        return writer.bytes
    }
}

extension QueryReader {
    /// A UUID of something.
    fileprivate mutating func id<Kind>(_ name: String) -> Identifier<Kind>? {
        value(name, "\(name)_invalid", "`\(name)` must be a UUID.") { Identifier($0) }
    }

    fileprivate mutating func valueCursor() -> UUIDValue? {
        value("cursor", "cursor_invalid", "Use `next_cursor` of the page before, unchanged.") {
            Cursor.decode(text: $0).flatMap { UUIDValue($0) }
        }
    }
}
