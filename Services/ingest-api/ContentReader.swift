import APIKit
import JSON
import Models
import Storage

/// Content that passed its checks, and what follows from it.
struct CheckedContent {
    var content: MessageContent
    var templateID: TemplateID?
    var lane: Lane
    var expiryStandard: Duration
}

/// Reads the part of a message that its `type` names.
struct ContentReader {
    let catalog: TenantCatalog
    /// Of the sender; nil when there is none, which has been noted: then any account's templates will do.
    let accountID: String?
    /// `variables` that stand beside the template, as a recipient of a batch has them.
    var ownVariables: JSONValue?

    func content(_ reader: FieldReader, _ problems: inout FieldProblems) -> CheckedContent? {
        guard let type = type(reader, &problems) else { return nil }
        for other in MessageType.allCases where other != type && reader.has(other.rawValue) {
            problems.note(
                "content_mismatch",
                reader.path + other.rawValue,
                "`type` is \(type.rawValue): leave `\(other.rawValue)` out, or change `type`."
            )
        }
        if ownVariables != nil, type != .template {
            problems.note("content_mismatch", "variables", "Only a message of type template has `variables`.")
        }
        guard let part = reader.required(type.rawValue, &problems) else { return nil }
        let path = "\(reader.path)\(type.rawValue)."
        switch type {
        case .template:
            return TemplateReader(catalog: catalog, accountID: accountID, ownVariables: ownVariables).content(
                part,
                path: path,
                &problems
            )
        case .text: return text(part, path: path, &problems)
        case .image: return media(.image, part, path: path, &problems)
        case .document: return media(.document, part, path: path, &problems)
        case .audio: return media(.audio, part, path: path, &problems)
        case .video: return media(.video, part, path: path, &problems)
        }
    }

    private func type(_ reader: FieldReader, _ problems: inout FieldProblems) -> MessageType? {
        guard let word = reader.requiredText("type", &problems) else { return nil }
        if let type = MessageType(rawValue: word) { return type }
        problems.note(
            "type_unknown",
            reader.path + "type",
            "`type` must be one of \(MessageType.allCases.map(\.rawValue).joined(separator: ", "))."
        )
        return nil
    }

    private func text(_ part: JSONValue, path: String, _ problems: inout FieldProblems) -> CheckedContent? {
        let reader = FieldReader(part, path: path, known: ["body", "preview_url"], problems: &problems)
        let previewURL = reader.boolean("preview_url", &problems) ?? false
        guard part.kind == .object, let body = reader.requiredText("body", &problems) else { return nil }
        return freeForm(.text(body: body, previewURL: previewURL), path: path, &problems)
    }

    private func media(
        _ kind: MediaKind,
        _ part: JSONValue,
        path: String,
        _ problems: inout FieldProblems
    ) -> CheckedContent? {
        let known = ["link", "id", "caption", "filename"]
        let reader = FieldReader(part, path: path, known: known, problems: &problems)
        guard part.kind == .object else { return nil }
        let link = reader.text("link", &problems)
        let id = reader.text("id", &problems)
        let caption = reader.text("caption", &problems)
        let filename = reader.text("filename", &problems)
        guard reader.has("link") != reader.has("id") else {
            problems.note(
                "media_source_invalid",
                String(path.dropLast()),
                "Give either `link`, an address that WhatsApp can fetch, or `id`, of a file uploaded before."
            )
            return nil
        }
        guard let source = link.map(MediaSource.link) ?? id.map(MediaSource.id) else { return nil }
        return freeForm(
            .media(kind: kind, source: source, caption: caption, filename: filename),
            path: path,
            &problems
        )
    }

    private func freeForm(
        _ content: MessageContent,
        path: String,
        _ problems: inout FieldProblems
    ) -> CheckedContent? {
        let found = content.check()
        for problem in found { problem.note(path: path, &problems) }
        guard found.isEmpty else { return nil }
        return CheckedContent(
            content: content,
            templateID: nil,
            lane: .utility,
            expiryStandard: min(MessageReader.expiryOfFreeForm, catalog.expiry.span(for: .utility))
        )
    }
}

extension ContentProblem {
    /// - Parameter path: of the content, with its point.
    func note(path: String, _ problems: inout FieldProblems) {
        switch self {
        case .bodyEmpty: problems.note("text_empty", path + "body", "`\(path)body` must not be blank.")
        case .bodyTooLong(let count, let max): tooLong("text_too_long", path + "body", count, max, &problems)
        case .captionTooLong(let count, let max):
            tooLong("caption_too_long", path + "caption", count, max, &problems)
        case .captionNotAllowed(let kind):
            problems.note(
                "caption_not_allowed",
                path + "caption",
                "A message of type \(kind.rawValue) has no caption."
            )
        case .filenameNotAllowed(let kind):
            problems.note(
                "filename_not_allowed",
                path + "filename",
                "A message of type \(kind.rawValue) has no file name."
            )
        case .filenameTooLong(let count, let max):
            tooLong("filename_too_long", path + "filename", count, max, &problems)
        case .linkInvalid:
            problems.note(
                "link_invalid",
                path + "link",
                "`\(path)link` must begin with https:// or http://, hold no blanks and have at most "
                    + "\(MessageContent.linkBytesMax) bytes."
            )
        case .mediaIDEmpty: problems.note("media_id_invalid", path + "id", "`\(path)id` must not be empty.")
        case .templateNameInvalid:
            problems.note(
                "template_name_invalid",
                path + "name",
                "A template's name consists of a-z, 0-9 and _."
            )
        case .languageInvalid:
            problems.note(
                "template_language_invalid",
                path + "language",
                "Write a language as en, en_US or pt_BR."
            )
        }
    }

    private func tooLong(
        _ code: String,
        _ field: String,
        _ count: Int,
        _ max: Int,
        _ problems: inout FieldProblems
    ) {
        problems.note(code, field, "`\(field)` may have \(max) characters; it has \(count).")
    }
}
