# The light agent: Node and one file. Build from the root of the checkout: docker build -f agent/deploy/docker/agent.Dockerfile .
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm install --no-audit --no-fund --ignore-scripts
COPY . .
RUN node agent/deploy/build.ts

FROM node:24-bookworm-slim
RUN mkdir -p /var/lib/outrider && chown node:node /var/lib/outrider
COPY --from=build /src/dist/outrider-agent.mjs /opt/outrider/outrider-agent.mjs
USER node
ENV OUTRIDER_DATA_DIR=/var/lib/outrider NODE_COMPILE_CACHE=/var/lib/outrider/cache OUTRIDER_TAKEOVER=true
VOLUME /var/lib/outrider
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/opt/outrider/outrider-agent.mjs"]
