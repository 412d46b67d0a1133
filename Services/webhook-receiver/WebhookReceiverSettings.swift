import Crypto
import Runtime
import ServiceKit

struct WebhookReceiverSettings: Sendable {
    let common: CommonSettings
    /// Several while one is being rotated.
    let appSecrets: [String]
    let verifyToken: Secret
    let masterKeys: MasterKeys
    /// Where Twilio reaches this service: its signatures cover the address. Nil: Twilio is not set up.
    let publicURL: String?
    let timeScale: Double
    /// Until then a delivery must be durable, or the provider is asked to bring it again.
    let durableWithin: Duration
    /// How long receipts are gathered before they are applied together.
    let receiptGather: Duration

    init(_ reader: SettingsReader) throws {
        common = CommonSettings(reader, service: "webhook-receiver", needs: [.service, .platform])
        appSecrets = reader.secret("META_APP_SECRETS").reveal().split(separator: ",").map { secret in
            String(secret.drop { $0 == " " })
        }
        if appSecrets.isEmpty { reader.note("META_APP_SECRETS", "must name at least one secret") }
        masterKeys = try MasterKeySettings.read(reader)
        publicURL = reader.optionalURL("PUBLIC_WEBHOOK_URL").map { url in
            url.hasSuffix("/") ? String(url.dropLast()) : url
        }
        verifyToken = reader.secret("WEBHOOK_VERIFY_TOKEN")
        timeScale = TimeScale.read(reader)
        receiptGather = reader.duration(
            "RECEIPT_GATHER",
            default: .milliseconds(100),
            in: .zero ... .seconds(5)
        )
        durableWithin = reader.duration(
            "WEBHOOK_DURABLE_WITHIN",
            default: .seconds(5),
            in: .milliseconds(200) ... .seconds(15)
        )
        try reader.finish()
    }
}
