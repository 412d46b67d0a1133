package import Runtime

/// Whether tenants' endpoints may lie on this machine or in a private network, and be reached without TLS: for
/// development, where everything runs on 127.0.0.1.
package enum CallbackAddressSettings {
    package static func allowsPrivate(_ reader: SettingsReader) -> Bool {
        reader.boolean("CALLBACK_ALLOW_PRIVATE", default: false)
    }
}
