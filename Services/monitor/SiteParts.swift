import APIKit
import EventBus
import HTTPClient
import Models
import Postgres
import Runtime
import ServiceKit
import Storage

/// What the pages and routes work with. A group of routes takes what it needs of it in its `init`.
struct SiteParts: Sendable {
    let settings: MonitorSettings
    /// Goes through row-level security: whatever shows a business its own.
    let tenantDatabase: Database
    /// For what crosses tenants; every look of a person is audited.
    let platformDatabase: Database
    let ids: IDSource
    let people: People
    /// The tenants' API, for the people at our pages.
    let api: TenantAPI
    let scheduler: OtherService
    let feed: LiveFeed
    let looks: Looks
    /// Tells everybody who remembers a tenant's settings that they changed.
    let tell: @Sendable ([ControlNews]) -> Void
    /// A tenant was deleted: what it had not sent is to be cancelled.
    let cancelLeftovers: @Sendable () -> Void

    init(
        _ settings: MonitorSettings, tenantDatabase: Database, platformDatabase: Database, ids: IDSource,
        client: HTTPClient, feed: LiveFeed, tell: @escaping @Sendable ([ControlNews]) -> Void,
        cancelLeftovers: @escaping @Sendable () -> Void
    ) {
        self.settings = settings
        self.tenantDatabase = tenantDatabase
        self.platformDatabase = platformDatabase
        self.ids = ids
        people = People(
            SessionStore(platformDatabase, ids: ids), AdminKeyStore(platformDatabase, ids: ids), settings: settings,
            openAlerts: { reach in
                let database = reach == .everything ? platformDatabase : tenantDatabase
                return try await AlertDeskStore(database, ids: ids, reach: reach).openCount()
            })
        api = TenantAPI(
            client: client, address: settings.ingestURL, passes: PagePasses(settings.masterKeys), people: people)
        scheduler = OtherService(name: "retry-scheduler", address: settings.schedulerURL, client: client)
        self.feed = feed
        looks = Looks(people.sessions)
        self.tell = tell
        self.cancelLeftovers = cancelLeftovers
    }
}
