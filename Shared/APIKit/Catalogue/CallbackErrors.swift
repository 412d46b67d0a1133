extension Catalogue {
    static let callbackErrors: [CatalogueEntry] = []
}
