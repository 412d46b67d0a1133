import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// Destinations of alerts for programs: a business's own, and the platform's.
struct DestinationRoutes: Sendable {
    static let path = "/v1/alert-destinations"
    static let founderPath = "/v1/admin/alert-destinations"
    private static let bodyBytesMax = 16 << 10

    private let desk: DestinationDesk
    private let people: People

    init(_ site: SiteParts) {
        desk = DestinationDesk(site)
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, LogJSON.handler { try await list(tenant($0), $0) })
        router.on(.post, Self.path, LogJSON.handler { try await create(tenant($0), $0, Self.path) })
        router.on(.get, Self.path + "/{id}", LogJSON.handler { try await detail(tenant($0), $0) })
        router.on(.patch, Self.path + "/{id}", LogJSON.handler { try await change(tenant($0), $0) })
        router.on(.delete, Self.path + "/{id}", LogJSON.handler { try await delete(tenant($0), $0) })
        router.on(.post, Self.path + "/{id}/test", LogJSON.handler { try await test(tenant($0), $0) })
        router.on(.get, Self.founderPath, LogJSON.handler { try await list(founder($0), $0) })
        router.on(.post, Self.founderPath, LogJSON.handler { try await create(founder($0), $0, Self.founderPath) })
        router.on(.get, Self.founderPath + "/{id}", LogJSON.handler { try await detail(founder($0), $0) })
        router.on(.patch, Self.founderPath + "/{id}", LogJSON.handler { try await change(founder($0), $0) })
        router.on(.delete, Self.founderPath + "/{id}", LogJSON.handler { try await delete(founder($0), $0) })
        router.on(.post, Self.founderPath + "/{id}/test", LogJSON.handler { try await test(founder($0), $0) })
    }

    // MARK: Who

    private func tenant(_ request: Request) async throws -> DestinationCaller {
        let isReadOnly = request.method == .get || request.method == .head
        let program = try await people.program(of: request, for: Scope(.settings, isReadOnly: isReadOnly))
        let actor: Actor
        switch program.credential {
        case .session(let visitor): actor = visitor.who.actor
        case .key(let header):
            guard let key = header.split(separator: " ").last.flatMap({ APIKey(String($0)) }),
                let holder = try await people.sessions.holder(ofKey: key.secret.reveal())
            else { throw Problem.keyInvalid }
            actor = .key(holder.keyID)
        }
        let source = AuditSource(actor, address: people.address(of: request))
        return DestinationCaller(owner: program.tenantID, source: source, email: actor.provenEmail)
    }

    private func founder(_ request: Request) async throws -> DestinationCaller {
        let caller = try await people.founderCaller(of: request)
        return DestinationCaller(owner: nil, source: caller.source, email: caller.email)
    }

    // MARK: What

    private func list(_ caller: DestinationCaller, _ request: Request) async throws -> Response {
        try request.refuseParameters()
        let all = try await desk.store(caller.owner).list()
        return AdminJSON.answer { writer in
            writer.field("data", array: { list in for one in all { list.object { one.writeFields(into: &$0) } } })
        }
    }

    private func create(_ caller: DestinationCaller, _ request: Request, _ path: String) async throws -> Response {
        try request.refuseParameters()
        let made = try await desk.create(try body(request), by: caller)
        return AdminJSON.answer(201, location: "\(path)/\(made.id)") { made.writeFields(into: &$0) }
    }

    private func detail(_ caller: DestinationCaller, _ request: Request) async throws -> Response {
        try request.refuseParameters()
        guard let one = try await desk.store(caller.owner).destination(try id(of: request)) else {
            throw Problem.alertDestinationNotFound
        }
        return AdminJSON.answer { one.writeFields(into: &$0) }
    }

    private func change(_ caller: DestinationCaller, _ request: Request) async throws -> Response {
        try request.refuseParameters()
        let changed = try await desk.change(try id(of: request), try body(request), by: caller)
        return AdminJSON.answer { changed.writeFields(into: &$0) }
    }

    private func delete(_ caller: DestinationCaller, _ request: Request) async throws -> Response {
        try request.refuseParameters()
        try await desk.delete(try id(of: request), by: caller)
        return .empty()
    }

    private func test(_ caller: DestinationCaller, _ request: Request) async throws -> Response {
        try request.refuseParameters()
        let tested = try await desk.test(try id(of: request), by: caller)
        return AdminJSON.answer(202) { tested.writeFields(into: &$0) }
    }

    private func body(_ request: Request) throws -> JSONValue {
        try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
    }

    private func id(of request: Request) throws -> AlertDestinationID {
        guard let id = request.pathParameter("id").flatMap({ AlertDestinationID($0) }) else {
            throw Problem.alertDestinationNotFound
        }
        return id
    }
}

extension Actor {
    /// Who signed in by a link that came to it; programs prove no address.
    var provenEmail: String? {
        switch self {
        case .founder(let email), .user(let email): email
        case .key, .adminKey, .system: nil
        }
    }
}
