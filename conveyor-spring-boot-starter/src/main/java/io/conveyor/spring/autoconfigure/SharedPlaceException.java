package io.conveyor.spring.autoconfigure;

/** Two stores of one application store in the same place: each would write over what the other knows of its objects. */
final class SharedPlaceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient StoreDefinition store;
    private final transient StoreDefinition other;

    SharedPlaceException(StoreDefinition store, StoreDefinition other, String place) {
        super("the stores '" + other.name() + "' and '" + store.name() + "' both store in " + place);
        this.store = store;
        this.other = other;
    }

    /** The one that is to move: the default store stays where it is. */
    StoreDefinition toMove() {
        return store.name().equals(StoreDefinition.DEFAULT) ? other : store;
    }
}
