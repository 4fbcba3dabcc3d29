/** Django's own administration, a server-rendered application: a login with CSRF checks, forms, a file up and down. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort, fromCache } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const python = fromCache('django/bin/python')
const [isMissing, title] = needs('Django', python)

/** A site of one application with one model, a document with a file. */
const files = {
  'settings.py': `
from pathlib import Path
BASE_DIR = Path(__file__).parent
SECRET_KEY = 'for this test only'
DEBUG = True
ROOT_URLCONF = 'urls'
INSTALLED_APPS = ['django.contrib.admin', 'django.contrib.auth', 'django.contrib.contenttypes',
  'django.contrib.sessions', 'django.contrib.messages', 'django.contrib.staticfiles', 'papers']
MIDDLEWARE = ['django.contrib.sessions.middleware.SessionMiddleware', 'django.middleware.common.CommonMiddleware',
  'django.middleware.csrf.CsrfViewMiddleware', 'django.contrib.auth.middleware.AuthenticationMiddleware',
  'django.contrib.messages.middleware.MessageMiddleware']
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True, 'OPTIONS': {
  'context_processors': ['django.template.context_processors.request', 'django.contrib.auth.context_processors.auth',
    'django.contrib.messages.context_processors.messages']}}]
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
STATIC_URL = '/static/'
MEDIA_URL = '/media/'
MEDIA_ROOT = BASE_DIR / 'media'
`,
  'urls.py': `
from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import path
urlpatterns = [path('admin/', admin.site.urls)] + static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
`,
  'papers/__init__.py': '',
  'papers/models.py': `
from django.contrib import admin
from django.db import models
class Paper(models.Model):
  name = models.CharField(max_length=50)
  file = models.FileField()
admin.site.register(Paper)
`,
}

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let folder: string

  beforeAll(async () => {
    folder = appFolder()
    mkdirSync(join(folder, 'papers'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const env = {
      ...process.env,
      DJANGO_SETTINGS_MODULE: 'settings',
      PYTHONPATH: folder,
      DJANGO_SUPERUSER_PASSWORD: 'secret',
    }
    const django = ['-m', 'django']
    for (const args of [
      ['migrate', '--run-syncdb'],
      ['createsuperuser', '--noinput', '--username', 'me', '--email', 'me@example.org'],
    ])
      spawnSync(python, [...django, ...args], { cwd: folder, env })
    const port = await freePort()
    await AppProcess.start(python, [...django, 'runserver', '--noreload', `127.0.0.1:${port}`], {
      ...{ cwd: folder, env },
      readyUrl: `http://127.0.0.1:${port}/admin/login/`,
    })
    scene = await AppScene.open(async () => ({ django: `http://127.0.0.1:${port}` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)('logs in, takes a file, shows it, and logs out %s', { timeout: sessionMs }, async mode => {
    const file = join(folder, `paper${modes.indexOf(mode)}.txt`)
    writeFileSync(file, `written for ${mode}\n`.repeat(5_000))
    const { page, complaints } = await scene.visitor()
    await page.goto(`${scene.url(mode, 'django')}admin/`)
    await page.fill('#id_username', 'me')
    await page.fill('#id_password', 'secret')
    await page.click('input[type=submit]')
    await page.click('.model-paper .addlink')
    await page.fill('#id_name', mode)
    await page.setInputFiles('#id_file', file)
    await page.click('input[name=_save]')
    await page.click('.messagelist .success a, #result_list th a')
    const [answer] = await Promise.all([page.waitForNavigation(), page.click('.file-upload a')])
    expect(await answer?.text()).toBe(readFileSync(file, 'utf8'))
    await page.goBack()
    await page.click('#logout-form button')
    await page.locator('h1', { hasText: 'Logged out' }).waitFor()
    await page.goto(`${scene.url(mode, 'django')}admin/papers/paper/`)
    await page.locator('#login-form').waitFor()
    expect(new URL(page.url()).pathname.startsWith(new URL(scene.url(mode, 'django')).pathname)).toBe(true)
    expect(complaints.filter(one => !one.includes('favicon.ico'))).toEqual([])
  })
})
