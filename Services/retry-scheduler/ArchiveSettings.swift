import HTTPClient
import Runtime

/// `ARCHIVE_URL`: `file:///var/lib/tidings/archive`, or `https://host/bucket/prefix` of a store that speaks S3.
struct ArchiveSettings: Sendable {
    private enum Kind: Sendable {
        case folder(String)
        case s3(url: String, region: String, keyID: String, secret: Secret)
    }

    private let kind: Kind?

    init(_ reader: SettingsReader) {
        let text = reader.optionalText("ARCHIVE_URL")
        let keyID = reader.optionalText("ARCHIVE_ACCESS_KEY_ID")
        let secret = reader.optionalSecret("ARCHIVE_SECRET_ACCESS_KEY")
        let region = reader.text("ARCHIVE_REGION", default: "us-east-1")
        guard let text else {
            kind = nil
            return
        }
        if text.hasPrefix("file:///") {
            kind = .folder(String(text.dropFirst("file://".count)))
            return
        }
        guard text.hasPrefix("https://") || text.hasPrefix("http://") else {
            reader.note("ARCHIVE_URL", "must begin with file:/// or https://")
            kind = nil
            return
        }
        if keyID == nil { reader.note("ARCHIVE_ACCESS_KEY_ID", "is needed with an ARCHIVE_URL of a store") }
        if secret == nil { reader.note("ARCHIVE_SECRET_ACCESS_KEY", "is needed with an ARCHIVE_URL of a store") }
        kind = .s3(
            url: text.hasSuffix("/") ? String(text.dropLast()) : text, region: region, keyID: keyID ?? "",
            secret: secret ?? Secret(""))
    }

    /// Nil: there is none, and what is to be archived is kept.
    func archive(_ client: HTTPClient) -> (any Archive)? {
        switch kind {
        case nil: nil
        case .folder(let path): FolderArchive(place: path)
        case .s3(let url, let region, let keyID, let secret):
            S3Archive(place: url, region: region, keyID: keyID, secret: secret, client: client)
        }
    }
}
