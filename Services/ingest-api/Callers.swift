import APIKit
import Crypto
import HTTPServer
import Models
import Runtime
import ServiceKit
import Storage

/// Who is calling: API keys, remembered by their hash for a few seconds, unknown ones too; and our own pages.
struct Callers: Sendable {
    static let freshFor: Duration = .seconds(5)
    static let usableFor: Duration = .seconds(60)
    static let entriesMax = 10_000

    private struct KeyHash: Hashable, Sendable {
        let bytes: [UInt8]
    }

    private struct Everyone: Hashable, Sendable {}
    let uses = KeyUses()

    private let cache: RefreshingCache<KeyHash, Caller?>
    /// What any business lists: a browser asks before it sends the key.
    private let origins: RefreshingCache<Everyone, Set<String>>
    private let limits = RequestLimits()
    private let requestsPerSecond: Int
    private let passes: PagePasses?

    /// - Parameters:
    ///   - requestsPerSecond: of a key whose plan says nothing.
    ///   - passes: read what monitor sends for people at its pages; nil: there are no such pages.
    init(
        _ store: CatalogStore, requestsPerSecond: Int = IngestSettings.requestsPerSecondStandard,
        passes: PagePasses? = nil
    ) {
        self.requestsPerSecond = requestsPerSecond
        self.passes = passes
        origins = RefreshingCache(freshFor: Self.freshFor, usableFor: Self.usableFor, entriesMax: 1) { _ in
            try await store.allowedOrigins()
        }
        cache = RefreshingCache(
            freshFor: Self.freshFor,
            usableFor: Self.usableFor,
            entriesMax: Self.entriesMax
        ) { key in
            try await store.caller(withKeyHash: key.bytes)
        }
    }

    /// Throws a problem unless the request carries a key that may do what its method says in this area: GET and HEAD
    /// only look.
    func caller(of request: Request, for area: Area = .messages) async throws -> Caller {
        let isReadOnly = request.method == .get || request.method == .head
        return try await caller(of: request, with: Scope(area, isReadOnly: isReadOnly))
    }

    /// For requests that are not what their method says: a preview is a POST and changes nothing.
    func caller(of request: Request, with scope: Scope) async throws -> Caller {
        guard let header = request.header("authorization") else {
            await letPageRead(request)
            throw Problem.keyMissing
        }
        if let pass = passes?.pass(in: header, for: request.method.rawValue, request.path, at: SystemClock.now()) {
            guard pass.access.allows(scope) else { throw Problem.roleInsufficient }
            return Caller(tenantID: pass.tenantID, actor: pass.actor, access: pass.access, address: pass.address)
        }
        guard let token = Self.bearerToken(in: header), let key = APIKey(token),
            let caller = try await withStorage({ try await cache.value(for: KeyHash(bytes: key.hash)) })
        else {
            await letPageRead(request)
            throw Problem.keyInvalid
        }
        if let origin = CrossOrigin.origin(of: request) {
            guard caller.allowedOrigins.contains(origin) else { throw Problem.originNotAllowed }
            CrossOrigin.allow(origin, request)
        }
        let perSecond = caller.requestsPerSecond ?? requestsPerSecond
        if let keyID = caller.keyID {
            let standing = limits.take(keyID, perSecond: perSecond, at: SystemClock.now())
            standing.write(into: request.answer)
            if let wait = standing.wait { throw Problem.rateLimited(perSecond: perSecond, wait: wait) }
        }
        if caller.isSuspended { throw Problem.tenantSuspended }
        guard caller.access.allows(scope) else { throw Problem.scopeMissing(scope) }
        uses.note(caller)
        return caller
    }

    /// What a browser asks before a page may call. Whose page it is shows only with the key; until then it is enough
    /// that some business lists it.
    func preflight(_ request: Request, _ allowed: [HTTPMethod]) async -> Response? {
        await CrossOrigin.preflight(request, allowed: allowed) { try await isKnown($0) }
    }

    /// So that a page can tell its developer that the key is wrong.
    private func letPageRead(_ request: Request) async {
        guard let origin = CrossOrigin.origin(of: request), (try? await isKnown(origin)) == true else { return }
        CrossOrigin.allow(origin, request)
    }

    private func isKnown(_ origin: String) async throws -> Bool {
        try await withStorage { try await origins.value(for: Everyone()) }.contains(origin)
    }

    /// A key of this tenant changed. Unknown keys are forgotten too: one of them may be the new key.
    func forget(_ tenantID: TenantID) {
        origins.forget { _, _ in true }
        cache.forget { _, caller in caller.map { $0.tenantID == tenantID } ?? true }
    }

    private static func bearerToken(in header: String) -> String? {
        let scheme = "bearer "
        guard header.utf8.count > scheme.utf8.count, header.prefix(scheme.count).lowercased() == scheme else {
            return nil
        }
        return String(header.dropFirst(scheme.count).drop { $0 == " " })
    }
}

/// What tenants own, remembered for a few seconds.
struct Catalogs: Sendable {
    static let freshFor: Duration = .seconds(5)
    static let usableFor: Duration = .seconds(60)
    static let entriesMax = 10_000

    private let cache: RefreshingCache<TenantID, TenantCatalog>

    init(_ store: CatalogStore) {
        cache = RefreshingCache(
            freshFor: Self.freshFor,
            usableFor: Self.usableFor,
            entriesMax: Self.entriesMax
        ) { id in
            guard let catalog = try await store.catalog(of: id) else { throw Problem.keyInvalid }
            return catalog
        }
    }

    func catalog(of tenantID: TenantID) async throws -> TenantCatalog {
        try await withStorage { try await cache.value(for: tenantID) }
    }

    func forget(_ tenantID: TenantID) {
        cache.forget { id, _ in id == tenantID }
    }
}
