import APIKit
import Crypto
import HTTPServer
import Models
import ServiceKit
import Storage

/// Who is calling: API keys, remembered by their hash for a few seconds, unknown ones too.
struct Callers: Sendable {
    static let freshFor: Duration = .seconds(5)
    static let usableFor: Duration = .seconds(60)
    static let entriesMax = 10_000

    private struct KeyHash: Hashable, Sendable {
        let bytes: [UInt8]
    }

    private let cache: RefreshingCache<KeyHash, Caller?>

    init(_ store: CatalogStore) {
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
        guard let header = request.header("authorization") else { throw Problem.keyMissing }
        guard let token = Self.bearerToken(in: header), let key = APIKey(token) else {
            throw Problem.keyInvalid
        }
        guard let caller = try await withStorage({ try await cache.value(for: KeyHash(bytes: key.hash)) })
        else {
            throw Problem.keyInvalid
        }
        if caller.isSuspended { throw Problem.tenantSuspended }
        guard caller.access.allows(scope) else { throw Problem.scopeMissing(scope) }
        return caller
    }

    /// A key of this tenant changed. Unknown keys are forgotten too: one of them may be the new key.
    func forget(_ tenantID: TenantID) {
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
