FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements/run.txt requirements/run.txt
RUN python -m venv /satchel && /satchel/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE LICENSE-STARTER-WORLD ./
COPY src src
RUN /satchel/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/satchel --create-home satchel
COPY --from=build /satchel /satchel
ENV PATH=/satchel/bin:$PATH SATCHEL_API_HOST=0.0.0.0 SATCHEL_DATA_DIR=/var/lib/satchel
USER satchel
WORKDIR /var/lib/satchel
EXPOSE 8080
ENTRYPOINT ["satchel"]
CMD ["api"]
