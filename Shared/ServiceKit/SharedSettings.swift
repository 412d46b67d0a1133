package import Crypto
package import Runtime

/// `MASTER_KEYS`: the keys that seal the tenants' data keys, newest first.
package enum MasterKeySettings {
    /// A problem is noted with the reader; then the answer is a placeholder that nothing is sealed with, because
    /// `finish()` throws.
    package static func read(_ reader: SettingsReader) throws -> MasterKeys {
        do {
            return try MasterKeys(parsing: reader.secret("MASTER_KEYS").reveal())
        } catch {
            reader.note("MASTER_KEYS", "is not a list of id:key with 32-byte keys in Base64")
            return try MasterKeys(
                parsing: "placeholder:" + Base64.encode([UInt8](repeating: 0, count: MasterKeys.keyBytesCount)))
        }
    }
}

/// `RETRY_TIME_SCALE`: 1 in production; a test that cannot wait 5 seconds shortens every delay of ours with it.
package enum TimeScale {
    package static func read(_ reader: SettingsReader) -> Double {
        guard let text = reader.optionalText("RETRY_TIME_SCALE") else { return 1 }
        guard let scale = Double(text), scale > 0, scale <= 10 else {
            reader.note("RETRY_TIME_SCALE", "must be a number above 0 and at most 10")
            return 1
        }
        return scale
    }
}
