import APIKit
import Crypto
import HTTPServer
import JSON
import Models
import PhoneNumbers
import Postgres
import Storage

/// How long data are kept, and people who want to be forgotten.
struct RetentionRoutes: Sendable {
    static let bodyBytesMax = 8 << 10

    private let parts: RouteParts
    private let erasures: ErasureStore
    private let retention: RetentionQueryStore

    init(parts: RouteParts) {
        self.parts = parts
        erasures = ErasureStore(parts.database, ids: parts.ids)
        retention = RetentionQueryStore(parts.database)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/retention", rules)
        router.on(.get, "/v1/erasures", list)
        router.on(.post, "/v1/erasures", request)
        router.on(.get, "/v1/erasures/{id}", detail)
    }

    // MARK: Retention

    func rules(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let limit = query.limit()
        let before = query.value("cursor", "cursor_invalid", "Use `next_cursor` of the page before, unchanged.") {
            Cursor.decode(text: $0).flatMap { Timestamp(rfc3339: $0) }
        }
        try query.requireNoProblems()
        let found = try await withStorage {
            try await retention.retention(of: caller.tenantID, before: before, limit: limit)
        }
        guard let found else { throw Problem.keyInvalid }
        let days = [found.rules.retentionDays, found.rules.planDaysMax].compactMap { $0 }.min()
        let next = found.hasMore ? found.days.last.map { Cursor.encode(text: $0.day.rfc3339) } : nil
        var writer = JSONWriter(capacity: 512 + found.days.count * 192)
        writer.object { writer in
            writer.field("retention_days", orNull: found.rules.retentionDays)
            writer.field("plan_days_max", orNull: found.rules.planDaysMax)
            writer.field("effective_days", orNull: days)
            writer.field("redact_after_days", orNull: found.rules.redactAfterDays)
            writer.field("archive_before_removal", found.rules.isArchived)
            writer.field("data", array: { list in
                for day in found.days { list.object { day.writeFields(into: &$0) } }
            })
            writer.field("next_cursor", orNull: next)
        }
        return .json(200, writer.bytes)
    }

    // MARK: Erasure

    /// `{"phone":…}`, `{"user_id":…}` or `{"contact_id":…}`
    func request(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        let region = try await parts.catalogs.catalog(of: caller.tenantID).defaultRegion
        let (subject, keepsOptOut) = try Self.read(root, defaultRegion: region)
        let erasure = try await withStorage {
            try await erasures.request(
                subject, of: caller.tenantID, keepsOptOut: keepsOptOut, by: caller.actor)
        }
        guard let erasure else { throw Problem.refused("contact_not_found", "contact_id", "You have no contact with this id.") }
        var response = Response.json(202, erasure.json)
        response.setHeader("Location", "/v1/erasures/\(erasure.id)")
        return response
    }

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let limit = query.limit()
        let before: ErasureID? = query.cursor()
        try query.requireNoProblems()
        let page = try await withStorage {
            try await erasures.list(of: caller.tenantID, before: before, limit: limit)
        }
        let next = page.hasMore ? page.erasures.last.map { Cursor.encode($0.id) } : nil
        var writer = JSONWriter(capacity: 256 + page.erasures.count * 384)
        writer.object { writer in
            writer.field("data", array: { list in
                for erasure in page.erasures { list.object { erasure.writeFields(into: &$0) } }
            })
            writer.field("next_cursor", orNull: next)
        }
        return .json(200, writer.bytes)
    }

    func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        try request.refuseParameters()
        guard let id = request.pathParameter("id").flatMap({ ErasureID($0) }),
            let erasure = try await withStorage({ try await erasures.erasure(id, of: caller.tenantID) })
        else { throw Problem.notFound("erasure") }
        return .json(200, erasure.json)
    }

    private static func read(_ root: JSONValue, defaultRegion: String?) throws -> (ErasureSubject, Bool) {
        var problems = FieldProblems()
        let reader = FieldReader(
            root, known: ["phone", "user_id", "contact_id", "keep_opt_out"], problems: &problems)
        var subject = ErasureSubject()
        if let written = reader.text("phone", &problems) {
            subject.phone = (try? PhoneNumber.parse(written, defaultRegion: defaultRegion))?.e164
            if subject.phone == nil {
                problems.note("phone_invalid", "phone", "`phone` must be a number with its country code, as in +393401234567.")
            }
        }
        if let written = reader.text("user_id", &problems) {
            let isUserID = (4...131).contains(written.utf8.count)
                && written.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            subject.userID = isUserID ? written : nil
            if !isUserID { problems.note("user_id_invalid", "user_id", "`user_id` must be WhatsApp's, as in IT.4410928374650192837.") }
        }
        if let written = reader.text("contact_id", &problems) {
            subject.contactID = ContactID(written)
            if subject.contactID == nil { problems.note("contact_id_invalid", "contact_id", "`contact_id` must be a UUID.") }
        }
        let keeps = reader.boolean("keep_opt_out", &problems) ?? true
        let named = ["phone", "user_id", "contact_id"].count { reader.has($0) }
        if named != 1, problems.isEmpty {
            problems.note(
                "erasure_subject_missing", named == 0 ? "phone" : "contact_id",
                "Say who it is in one of `phone`, `user_id` and `contact_id`.")
        }
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        return (subject, keeps)
    }
}

extension Erasure {
    fileprivate var json: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writeFields(into: &$0) }
        return writer.bytes
    }

    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("status", isDone ? "done" : "pending")
        writer.field("subject_hash", Hexadecimal.encode(subjectHash))
        writer.field("keep_opt_out", keepsOptOut)
        writer.field("requested_at", requestedAt.rfc3339)
        writer.field("done_at", orNull: doneAt?.rfc3339)
        writer.field("result", raw: result?.bytes ?? Array("{}".utf8))
    }
}

extension RetentionQueryStore.Day {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("day", name)
        writer.field("redacted_at", orNull: redactedAt?.rfc3339)
        writer.field("archived_at", orNull: archivedAt?.rfc3339)
        writer.field("archive_files", orNull: archiveFiles)
        writer.field("removed_at", orNull: removedAt?.rfc3339)
        writer.field("messages", orNull: messages.map { Int($0) })
    }
}
