# The agent with a browser: Debian's Chromium, which has H.264 and AAC. Run with --init and --shm-size=1g.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm install --no-audit --no-fund --ignore-scripts
COPY . .
RUN node agent/deploy/build.ts \
  && mkdir /out && cp dist/outrider-agent.mjs /out/ \
  && mkdir /out/node_modules && cp -r node_modules/playwright-core node_modules/hls.js node_modules/dashjs /out/node_modules/

FROM node:24-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends chromium fonts-liberation && rm -rf /var/lib/apt/lists/*
RUN mkdir -p /var/lib/outrider && chown node:node /var/lib/outrider
COPY --from=build /out /opt/outrider
USER node
ENV OUTRIDER_DATA_DIR=/var/lib/outrider NODE_COMPILE_CACHE=/var/lib/outrider/cache OUTRIDER_TAKEOVER=true OUTRIDER_BROWSER=auto
VOLUME /var/lib/outrider
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/opt/outrider/outrider-agent.mjs"]
