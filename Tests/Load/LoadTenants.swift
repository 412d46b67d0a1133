internal import Crypto
internal import HTTPClient
internal import JSON
internal import Models
internal import Postgres
internal import Runtime
internal import Storage

/// A sender of ours as the stand-in knows it.
struct LoadSender: Sendable {
    let id: SenderID
    let phoneNumberID: String
    let messagesPerSecond: Int
}

/// A tenant of the load's own.
struct LoadTenant: Sendable {
    let id: TenantID
    let key: String
    let sender: LoadSender
}

/// Makes the tenants and senders that the phases need, in the database and at the stand-in, which counts the breaches
/// of exactly the rates that the senders are allowed.
struct LoadTenants {
    static let accountID = "900800700600599"
    let target: LoadTarget
    let client: HTTPClient
    private let ids = IDSource()
    private let store: TenantSetupStore

    init(_ target: LoadTarget, client: HTTPClient) {
        self.target = target
        self.client = client
        store = TenantSetupStore(target.adminDatabase, SecretStore(target.masterKeys))
    }

    /// The demo tenant's own sender and seven more at Meta's highest rate: one number may not send 1,000 a second and
    /// more, and a busy tenant has several.
    func lifeSenders(_ count: Int) async throws -> [SenderID] {
        let rows = try await target.adminDatabase.rows(
            "SELECT id, phone_number_id, waba_id FROM senders WHERE tenant_id = \(target.tenantID) AND is_default"
        )
        guard let row = rows.first else { throw LoadError("the demo tenant has no sender") }
        let own = LoadSender(
            id: try row.value("id"),
            phoneNumberID: try row.value("phone_number_id"),
            messagesPerSecond: 1_000
        )
        // Templates are approved per account.
        let accountID: String = try row.value("waba_id")
        var senders = [own]
        for number in 1..<count {
            let setup = setup(
                "Life \(number)",
                phoneNumberID: "1002003004006\(10 + number)",
                accountID: accountID,
                isDefault: false
            )
            try await store.apply(setup, of: target.tenantID)
            senders.append(
                LoadSender(id: setup.id, phoneNumberID: setup.phoneNumberID, messagesPerSecond: 1_000)
            )
        }
        for sender in senders { try await allow(sender, accountID: accountID) }
        return senders.map(\.id)
    }

    /// One more tenant with one sender.
    func make(_ slug: String, phoneNumberID: String, messagesPerSecond: Int) async throws -> LoadTenant {
        let key = APIKey.make()
        let sender = setup(slug, phoneNumberID: phoneNumberID, accountID: Self.accountID, isDefault: true)
        let id = try await store.apply(
            TenantSetup(
                id: TenantID(ids.uuid()),
                slug: slug,
                name: slug,
                defaultRegion: "IT",
                sender: sender,
                templates: [
                    TemplateSetup(
                        id: TemplateID(ids.uuid()),
                        name: "event_reminder_24h",
                        category: "UTILITY",
                        components: JSONText(
                            #"[{"type":"BODY","text":"Hi {{attendee_name}}, see you tomorrow."}]"#
                        )
                    )
                ],
                key: key,
                keyID: APIKeyID(ids.uuid()),
                keyName: "load"
            )
        )
        let own = LoadSender(
            id: sender.id,
            phoneNumberID: phoneNumberID,
            messagesPerSecond: messagesPerSecond
        )
        try await allow(own, accountID: Self.accountID)
        return LoadTenant(id: id, key: key.secret.reveal(), sender: own)
    }

    private func setup(_ name: String, phoneNumberID: String, accountID: String, isDefault: Bool) -> SenderSetup {
        var setup = SenderSetup(
            id: SenderID(ids.uuid()),
            name: name,
            displayPhoneNumber: "+39 02 55" + phoneNumberID.suffix(6),
            phoneNumberID: phoneNumberID,
            accountID: accountID,
            accessToken: Secret("sandbox-token-load")
        )
        setup.isDefault = isDefault
        return setup
    }

    private func allow(_ sender: LoadSender, accountID: String) async throws {
        _ = try await target.adminDatabase.execute(
            """
            UPDATE senders SET in_flight_max = 512, messages_per_second = \(Int32(sender.messagesPerSecond))
            WHERE id = \(sender.id)
            """
        )
        let order = """
            {"phone_number_id":"\(sender.phoneNumberID)","waba_id":"\(accountID)",\
            "messages_per_second":\(sender.messagesPerSecond)}
            """
        let response = try await client.send(
            ClientRequest(method: "POST", url: target.sandboxURL + "/oracle/phones", body: Array(order.utf8))
        )
        guard response.status < 300 else {
            throw LoadError("the stand-in does not take a number: HTTP \(response.status)")
        }
    }
}
