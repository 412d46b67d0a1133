/// What is to be said, independent of any provider's format.
package enum MessageContent: Hashable, Sendable {
    case template(name: String, language: String, parameters: TemplateParameters)
    case text(body: String, previewURL: Bool)
    /// `caption` for images, videos and documents; `filename` for documents only.
    case media(kind: MediaKind, source: MediaSource, caption: String?, filename: String?)

    package var type: MessageType {
        switch self {
        case .template: .template
        case .text: .text
        case .media(let kind, _, _, _): kind.type
        }
    }
}

package enum MediaKind: String, CaseIterable, Hashable, Sendable {
    case image
    case document
    case audio
    case video

    package var type: MessageType {
        switch self {
        case .image: .image
        case .document: .document
        case .audio: .audio
        case .video: .video
        }
    }
}

package enum MediaSource: Hashable, Sendable {
    /// Fetched by the provider.
    case link(String)
    /// Uploaded to the provider before.
    case id(String)
}

/// The provider's own id of a message, Meta's `wamid` or Twilio's SID: opaque and case-sensitive.
package struct ProviderMessageID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}

/// Why content cannot be sent; found before a message is accepted.
package enum ContentProblem: Hashable, Sendable {
    case bodyEmpty
    case bodyTooLong(count: Int, max: Int)
    case captionTooLong(count: Int, max: Int)
    case captionNotAllowed(MediaKind)
    case filenameNotAllowed(MediaKind)
    case filenameTooLong(count: Int, max: Int)
    /// Neither `https://` nor `http://`, or longer than the limit.
    case linkInvalid
    case mediaIDEmpty
    case templateNameInvalid
    case languageInvalid
}

extension MessageContent {
    /// Meta, messages reference: text body 4,096 and caption 1,024 characters.
    package static let bodyCharactersMax = 4_096
    package static let captionCharactersMax = 1_024
    package static let filenameCharactersMax = 240
    package static let linkBytesMax = 2_048
    package static let templateNameBytesMax = 512

    /// Empty when the content may be sent.
    package func check() -> [ContentProblem] {
        switch self {
        case .template(let name, let language, _): Self.check(name: name, language: language)
        case .text(let body, _): Self.check(body: body)
        case .media(let kind, let source, let caption, let filename):
            source.check() + Self.check(caption: caption, of: kind) + Self.check(filename: filename, of: kind)
        }
    }

    private static func check(body: String) -> [ContentProblem] {
        let count = body.unicodeScalars.count
        if count > bodyCharactersMax { return [.bodyTooLong(count: count, max: bodyCharactersMax)] }
        return body.allSatisfy(\.isWhitespace) ? [.bodyEmpty] : []
    }

    private static func check(caption: String?, of kind: MediaKind) -> [ContentProblem] {
        guard let caption else { return [] }
        if kind == .audio { return [.captionNotAllowed(kind)] }
        let count = caption.unicodeScalars.count
        return count > captionCharactersMax ? [.captionTooLong(count: count, max: captionCharactersMax)] : []
    }

    private static func check(filename: String?, of kind: MediaKind) -> [ContentProblem] {
        guard let filename else { return [] }
        if kind != .document { return [.filenameNotAllowed(kind)] }
        let count = filename.unicodeScalars.count
        return count > filenameCharactersMax
            ? [.filenameTooLong(count: count, max: filenameCharactersMax)] : []
    }

    private static func check(name: String, language: String) -> [ContentProblem] {
        var problems: [ContentProblem] = []
        let nameIsValid =
            (1...templateNameBytesMax).contains(name.utf8.count)
            && name.utf8.allSatisfy { isLowercase($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
        if !nameIsValid { problems.append(.templateNameInvalid) }
        if !isLanguage(language) { problems.append(.languageInvalid) }
        return problems
    }

    /// `en`, `en_US`, `fil`, `zh_HK`: a language and perhaps a country.
    package static func isLanguage(_ code: String) -> Bool {
        let parts = code.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard let language = parts.first, (2...3).contains(language.count), language.allSatisfy(isLowercase)
        else { return false }
        guard parts.count > 1 else { return true }
        return parts.count == 2 && (2...4).contains(parts[1].count)
            && parts[1].allSatisfy { isUppercase($0) || isLowercase($0) || isDigit($0) }
    }

    private static func isLowercase(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
    private static func isUppercase(_ byte: UInt8) -> Bool { (65...90).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}

extension MediaSource {
    package func check() -> [ContentProblem] {
        switch self {
        case .link(let link):
            let isAddress = link.hasPrefix("https://") || link.hasPrefix("http://")
            let isClean = link.utf8.allSatisfy { $0 > 32 && $0 < 127 }
            return isAddress && isClean && link.utf8.count <= MessageContent.linkBytesMax
                ? [] : [.linkInvalid]
        case .id(let id): return id.isEmpty ? [.mediaIDEmpty] : []
        }
    }
}
