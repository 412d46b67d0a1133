import APIKit
import Crypto
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// A tenant's own endpoints.
struct CallbackRoutes: Sendable {
    private let parts: RouteParts
    private let store: CallbackStore
    private let reader: CallbackReader

    init(parts: RouteParts) {
        self.parts = parts
        store = CallbackStore(parts.database, ids: parts.ids)
        reader = CallbackReader(allowsPrivate: parts.allowsPrivateCallbacks)
    }

    func register(in router: inout Router) {
        let log = CallbackLogRoutes(parts: parts)
        router.on(.get, "/v1/callbacks", list)
        router.on(.post, "/v1/callbacks", create)
        router.on(.get, "/v1/callbacks/event-types", eventTypes)
        router.on(.get, "/v1/callbacks/{id}", detail)
        router.on(.patch, "/v1/callbacks/{id}", change)
        router.on(.delete, "/v1/callbacks/{id}", delete)
        router.on(.post, "/v1/callbacks/{id}/rotate-secret", rotateSecret)
        log.register(in: &router)
    }

    // MARK: Routes

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let limit = query.limit()
        let before: CallbackID? = query.cursor()
        try query.requireNoProblems()
        let page = try await withStorage {
            try await store.list(of: caller.tenantID, before: before, limit: limit)
        }
        let next = page.hasMore ? page.callbacks.last.map { Cursor.encode($0.id) } : nil
        var writer = JSONWriter(capacity: 256 + page.callbacks.count * 768)
        writer.object { writer in
            writer.field("data", array: { list in
                for callback in page.callbacks { list.object { callback.writeFields(into: &$0) } }
            })
            writer.field("next_cursor", orNull: next)
        }
        return .json(200, writer.bytes)
    }

    func create(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        let wanted = try reader.creation(request)
        let id = CallbackID(parts.ids.uuid())
        let (secret, sealed) = try await newSecret(for: id, caller)
        let created = try await withStorage {
            try await store.create(
                id, of: caller.tenantID, url: wanted.url, description: wanted.description, events: wanted.events,
                sealedSecret: sealed, by: caller.actor)
        }
        switch created {
        case .tooMany(let max):
            throw Problem.conflict(
                "callbacks_limit_reached", "You may have \(max) endpoints. Delete one, or let one take more kinds of events.")
        case .created(let callback):
            var response = Response.json(201, Self.json(callback, secret: secret))
            response.setHeader("Location", "/v1/callbacks/\(id)")
            response.setHeader("Cache-Control", "no-store")
            return response
        }
    }

    func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        let id = try parts.callbackID(of: request)
        let callback = try await withStorage { try await store.callback(id, of: caller.tenantID) }
        guard let callback else { throw Problem.notFound("callback") }
        return .json(200, Self.json(callback))
    }

    func change(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        let id = try parts.callbackID(of: request)
        let changes = try reader.changes(request)
        let callback = try await withStorage {
            try await store.change(id, of: caller.tenantID, changes, by: caller.actor)
        }
        guard let callback else { throw Problem.notFound("callback") }
        return .json(200, Self.json(callback))
    }

    func delete(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        let id = try parts.callbackID(of: request)
        let wasThere = try await withStorage {
            try await store.delete(id, of: caller.tenantID, by: caller.actor)
        }
        guard wasThere else { throw Problem.notFound("callback") }
        return .empty()
    }

    func rotateSecret(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        let id = try parts.callbackID(of: request)
        let overlap = try reader.overlap(request)
        let (secret, sealed) = try await newSecret(for: id, caller)
        let callback = try await withStorage {
            try await store.rotateSecret(
                of: id, of: caller.tenantID, sealedSecret: sealed, overlap: overlap, by: caller.actor)
        }
        guard let callback else { throw Problem.notFound("callback") }
        var response = Response.json(200, Self.json(callback, secret: secret))
        response.setHeader("Cache-Control", "no-store")
        return response
    }

    func eventTypes(_ request: Request) async throws -> Response {
        _ = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            writer.field("data", array: { list in
                for type in CallbackEventType.allCases {
                    list.object { writer in
                        writer.field("type", type.rawValue)
                        writer.field("description", type.explanation)
                        writer.field("is_standard", CallbackEventType.standard.contains(type))
                    }
                }
            })
        }
        return .json(200, writer.bytes)
    }

    // MARK: Pieces

    private func newSecret(for id: CallbackID, _ caller: Caller) async throws -> (Secret, [UInt8]) {
        let key = try await withStorage {
            try await parts.secrets.sealedDataKey(of: caller.tenantID, in: parts.database)
        }
        guard let key else { throw Problem.keyInvalid }
        let secret = Secret(StandardWebhook.makeSecret())
        let sealed = try parts.secrets.seal(
            secret, for: .callbackSecret(id), tenantID: caller.tenantID, sealedDataKey: key)
        return (secret, sealed)
    }

    private static func json(_ callback: Callback, secret: Secret? = nil) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            callback.writeFields(into: &writer)
            // Shown once: nobody can read it again.
            writer.field("secret", secret?.reveal())
        }
        return writer.bytes
    }
}

extension RouteParts {
    /// Throws the problem that an unreadable or unknown id is.
    func callbackID(of request: Request) throws -> CallbackID {
        guard let id = request.pathParameter("id").flatMap({ CallbackID($0) }) else {
            throw Problem.notFound("callback")
        }
        return id
    }
}

extension Callback {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("url", url)
        writer.field("description", description)
        writer.field("events", events)
        writer.field("status", status.rawValue)
        writer.field("status_reason", orNull: statusReason)
        writer.field("status_changed_at", statusChangedAt.rfc3339)
        waiting.writeFields("waiting", into: &writer)
        writer.field("failures_in_a_row", failures)
        writer.field("failing_since", orNull: failingSince?.rfc3339)
        writer.field("rests_until", orNull: restUntil?.rfc3339)
        writer.field("last_delivered_at", orNull: lastDeliveredAt?.rfc3339)
        writer.field("last_failed_at", orNull: lastFailedAt?.rfc3339)
        writer.field("last_problem", orNull: lastProblem)
        writer.field("previous_secret_until", orNull: previousSecretUntil?.rfc3339)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
    }
}
