import HTTPClient
import Models
import Postgres
import Runtime
import ServiceKit
import Storage

/// Everything that delivers to tenants' endpoints, apart from telling people: with connections of its own, to the database
/// and to the outside, so that neither waits for the other.
struct CallbackParts {
    let parts: [any Part]

    /// - Parameter wake: an alert was raised or resolved: people are told at once.
    init(_ settings: AlerterSettings, wake: @escaping @Sendable () -> Void) throws {
        let own = settings.callbacks
        let database = Database(settings.common.platformDatabase.pinnedToIndexPlans)
        let upkeepDatabase = Database(settings.common.platformDatabase.forUpkeep)
        let ids = IDSource()
        let store = CallbackDeliveryStore(database, ids: ids, holder: "\(ids.uuid())", lease: own.lease)
        let upkeepStore = CallbackDeliveryStore(upkeepDatabase, ids: ids, holder: "upkeep", lease: own.lease)
        var clientSettings = HTTPClientSettings()
        clientSettings.connectionsMax = own.inFlightMax
        clientSettings.connectionsPerHostMax = own.inFlightMax
        clientSettings.userAgent = CallbackServer.userAgent
        let client = HTTPClient(clientSettings)
        let mailsOwners = settings.mail != nil
        let server = CallbackServer(
            store: store, secrets: SecretStore(own.masterKeys), client: client, policy: own.policy,
            timeout: own.timeout, allowsPrivate: own.allowsPrivate,
            onDisable: { endpoint, reason in
                let news = try await store.disable(endpoint, for: reason, mailsOwners: mailsOwners) { business, host in
                    Self.draft(endpoint, reason, business: business, host: host)
                }
                if news != nil {
                    Log.warning(
                        "an endpoint was switched off",
                        [
                            "tenant": "\(endpoint.tenantID)", "callback": "\(endpoint.callbackID)",
                            "reason": reason.rawValue,
                        ])
                    wake()
                }
            })
        parts = [
            DatabasePart(name: "callback database", database),
            DatabasePart(name: "callback upkeep database", upkeepDatabase),
            SimplePart("callback client", start: { try client.start() }, stop: { _ in await client.stop() }),
            CallbackDesk(store: store, server: server, interval: own.interval, inFlightMax: own.inFlightMax),
            PeriodicPart("mended endpoints", every: .seconds(5)) {
                if try await !store.resolveMended().isEmpty { wake() }
                return false
            },
            PeriodicPart("callback upkeep", every: .seconds(600)) { try await upkeepStore.clearQueue() },
        ]
    }

    static func draft(
        _ endpoint: LeasedCallback, _ reason: CallbackDisableReason, business: String, host: String
    ) -> AlertDraft {
        AlertDraft(
            key: AlertKey(.callbackDisabled, tenantID: endpoint.tenantID, cause: endpoint.callbackID.description),
            title: "\(business): callbacks to \(host) are switched off",
            detail: """
                \(reason.words) What happens meanwhile is kept for two weeks.
                Who acts: the business.
                What to do: mend the endpoint, try it with POST /v1/callbacks/\(endpoint.callbackID)/test, then switch it on \
                again with PATCH /v1/callbacks/\(endpoint.callbackID) {"status":"active"}: what waits is delivered then.
                """,
            occurrences: 1
        )
    }
}
