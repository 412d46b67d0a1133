internal import Crypto
internal import HTTPClient
internal import Models
internal import Postgres
internal import Runtime

/// The system under load, as `.local/env` and the system's secrets describe it.
struct LoadTarget {
    let ingestURL: String
    let webhookURL: String
    let sandboxURL: String
    let apiKey: String
    let appSecret: String
    let tenantID: TenantID
    let masterKeys: MasterKeys
    let adminDatabase: Database

    init() throws {
        let reader = SettingsReader()
        ingestURL = reader.text("INGEST_URL")
        webhookURL = reader.text("META_WEBHOOK_URL")
        sandboxURL = reader.text("SANDBOX_URL")
        apiKey = reader.secret("DEMO_API_KEY").reveal()
        appSecret = reader.list("META_APP_SECRETS").first ?? ""
        let tenant = reader.text("DEMO_TENANT_ID")
        let database = reader.secret("DATABASE_URL").reveal()
        let masterKeysText = reader.secret("MASTER_KEYS")
        try reader.finish()
        masterKeys = try MasterKeys(parsing: masterKeysText.reveal())
        guard let tenantID = TenantID(tenant) else { throw LoadError("DEMO_TENANT_ID is not an id") }
        self.tenantID = tenantID
        adminDatabase = Database(DatabaseSettings(url: database, poolSize: 2, applicationName: "load"))
    }

    func signature(of body: [UInt8]) -> String {
        "sha256=" + Hexadecimal.encode(HMACSHA256.authenticate(key: appSecret, message: body))
    }
}

struct LoadError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
