# The collector on a ClickHouse server of its own. The embedded engine (550 MB) is left out: --clickhouse is needed.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm install --no-audit --no-fund --ignore-scripts
COPY . .
RUN node agent/deploy/build.ts
WORKDIR /src/dist
RUN npm install --omit=dev --no-audit --no-fund --ignore-scripts && rm -rf node_modules/chdb node_modules/@chdb

FROM node:24-bookworm-slim
RUN mkdir -p /var/lib/outrider && chown node:node /var/lib/outrider
COPY --from=build /src/dist /opt/outrider
USER node
ENV OUTRIDER_DATA_DIR=/var/lib/outrider
EXPOSE 7077
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7077/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# A container listens for others or for nobody. There is no access control yet: keep the port in a private network.
ENTRYPOINT ["node", "/opt/outrider/cli/bin/outrider.js", "collector", "start", "--insecure-listen", "0.0.0.0"]
