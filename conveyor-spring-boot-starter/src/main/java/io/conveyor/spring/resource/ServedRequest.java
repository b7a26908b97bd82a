package io.conveyor.spring.resource;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.ClassUtils;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.resource.ResourceHttpRequestHandler;

/**
 * The request that Spring MVC's resource handling answers on this thread. That asks a resource whether it is there, when it was changed, how long it is
 * (for each range anew) and for its bytes, and must hear of one version. Everything else that uses a resource, controllers too, asks the store each time.
 */
final class ServedRequest {

    private static final boolean MVC = isPresent("org.springframework.web.servlet.resource.ResourceHttpRequestHandler")
            && isPresent("jakarta.servlet.http.HttpServletRequest");

    private ServedRequest() {}

    private static boolean isPresent(String type) {
        return ClassUtils.isPresent(type, ServedRequest.class.getClassLoader());
    }

    /** The object as the request of this thread sees it; null if Spring MVC's resource handling has none. */
    static @Nullable ServedObject objectAt(ConveyorLocation location, Stores stores) {
        return MVC ? Mvc.objectAt(location, stores) : null;
    }

    /** Loaded only with Spring MVC. */
    private static final class Mvc {

        private Mvc() {}

        static @Nullable ServedObject objectAt(ConveyorLocation location, Stores stores) {
            if (!(RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)
                    || !isServed(attributes.getRequest())) {
                return null;
            }
            String name = ServedObject.class.getName() + " " + location;
            if (attributes.getRequest().getAttribute(name) instanceof ServedObject known) {
                return known;
            }
            ServedObject object = create(location, stores, attributes.getRequest());
            attributes.getRequest().setAttribute(name, object);
            attributes.registerDestructionCallback(
                    name,
                    () -> {
                        attributes.getRequest().removeAttribute(name);
                        object.close();
                    },
                    RequestAttributes.SCOPE_REQUEST);
            return object;
        }

        private static boolean isServed(HttpServletRequest request) {
            return request.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE)
                    instanceof ResourceHttpRequestHandler;
        }

        private static ServedObject create(ConveyorLocation location, Stores stores, HttpServletRequest request) {
            String header = request.getHeader(HttpHeaders.RANGE);
            boolean sendsBytes = !HttpMethod.HEAD.matches(request.getMethod());
            long maxWindow = stores.maxWindowBytes(location.store());
            return new ServedObject(
                    stores.find(location.store()),
                    location.key(),
                    sendsBytes,
                    size -> RequestedRanges.of(header, size, maxWindow));
        }
    }
}
