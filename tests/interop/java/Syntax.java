/** The client's two ways of naming a destination. It resolves and declares them differently. */
enum Syntax {
    /** An address, which is the client's default. */
    ADDRESS,
    /** The older binding URL. */
    BINDING_URL
}
