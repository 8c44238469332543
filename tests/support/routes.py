"""The routes of the API as they are served, by the name of their operation."""

from fastapi.routing import APIRoute

from app.main import ROUTERS

ROUTES = {
    route.name: route
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.include_in_schema
}
