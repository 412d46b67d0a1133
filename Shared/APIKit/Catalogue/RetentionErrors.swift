extension Catalogue {
    static let retentionErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "erasure_subject_missing", 422, cause: "The request names nobody to be forgotten, or the same person in several ways.",
            remedy: "Send one of `phone`, `user_id` and `contact_id`."),
    ]
}
