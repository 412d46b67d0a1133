import Crypto
import HTTPServer
import ServiceKit
import TestSupport

@testable import ingest_api

/// The tenants' API beside a site, over loopback, as ingest-api wires it.
struct SiteAPI: Sendable {
    let url: String
    private let api: RunningAPI
    private let server: HTTPServer

    static func start(of tenants: TwoTenants) async throws -> SiteAPI {
        let api = try await RunningAPI.start(
            of: tenants, passes: PagePasses(try MasterKeys(parsing: TestTenant.masterKeysText)))
        let server = HTTPServer(HTTPServerSettings(), router: api.router)
        let port = try await server.start()
        return SiteAPI(url: "http://127.0.0.1:\(port)", api: api, server: server)
    }

    /// The tenants are the site's to stop.
    func stop() async {
        await server.drain(within: .seconds(1))
        await api.stop(areTenantsToo: false)
    }
}
