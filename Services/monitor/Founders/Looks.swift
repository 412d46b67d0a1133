import HTTPServer
import Models
import Postgres
import Runtime
import Storage
import Synchronization

/// The record of what founders look at. A page that is open asks for itself again and again while things move: that is
/// one look, and is written down once in ten minutes.
final class Looks: Sendable {
    static let freshFor = Duration.seconds(600)
    static let rememberedMax = 1_000
    /// The header by which our script says that it asks for an open page.
    static let liveHeader = "Tidings-Live"

    private let sessions: SessionStore
    private let written = Mutex<[String: Duration]>([:])

    init(_ sessions: SessionStore) {
        self.sessions = sessions
    }

    /// Before anything is shown.
    func record(
        _ source: AuditSource, _ action: String, detail: JSONText = JSONText("{}"), for request: Request
    ) async throws {
        let look = "\(source.actor.name) \(source.address ?? "") \(action) \(detail.text)"
        let now = Monotonic.now()
        let isKnown = written.withLock { written in written[look].map { now - $0 < Self.freshFor } ?? false }
        if isKnown, request.header(Self.liveHeader) != nil { return }
        try await sessions.record(source, action, detail: detail)
        written.withLock { written in
            if written.count >= Self.rememberedMax { written = written.filter { now - $0.value < Self.freshFor } }
            if written.count < Self.rememberedMax { written[look] = now }
        }
    }
}

extension People {
    /// A founder at one of our pages, whose look is written down before anything is shown.
    func founder(
        of request: Request, looking action: String, _ looks: Looks, detail: JSONText = JSONText("{}")
    ) async throws -> Visitor {
        let visitor = try await founder(of: request)
        try await looks.record(source(visitor, request), action, detail: detail, for: request)
        return visitor
    }
}
